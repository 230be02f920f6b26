/** The wire forms of protocol buffers that ONNX and TensorBoard files need, written into a growing byte array. */
export class ProtoWriter {
  private bytes = new Uint8Array(1024);
  private length = 0;

  /** Field of an integer (varint; negative numbers take ten bytes, as in int64). */
  int(field: number, value: number | bigint): this {
    this.key(field, 0);
    return this.varint(BigInt(value));
  }

  /** Field of a 32-bit float. */
  float(field: number, value: number): this {
    this.key(field, 5);
    this.reserve(4);
    new DataView(this.bytes.buffer).setFloat32(this.length, value, true);
    this.length += 4;
    return this;
  }

  /** Field of a 64-bit float. */
  double(field: number, value: number): this {
    this.key(field, 1);
    this.reserve(8);
    new DataView(this.bytes.buffer).setFloat64(this.length, value, true);
    this.length += 8;
    return this;
  }

  /** Field of bytes, text or a nested message. */
  bytesField(field: number, value: Uint8Array | string | ProtoWriter): this {
    const data = typeof value === 'string' ? Buffer.from(value) : value instanceof ProtoWriter ? value.finish() : value;
    this.key(field, 2);
    this.varint(BigInt(data.length));
    this.reserve(data.length);
    this.bytes.set(data, this.length);
    this.length += data.length;
    return this;
  }

  /** What was written, without a copy. */
  finish(): Uint8Array {
    return this.bytes.subarray(0, this.length);
  }

  private key(field: number, wire: number): void {
    this.varint(BigInt((field << 3) | wire));
  }

  private varint(value: bigint): this {
    let rest = BigInt.asUintN(64, value);
    this.reserve(10);
    while (rest > 127n) {
      this.bytes[this.length++] = Number(rest & 127n) | 128;
      rest >>= 7n;
    }
    this.bytes[this.length++] = Number(rest);
    return this;
  }

  private reserve(more: number): void {
    if (this.length + more <= this.bytes.length) return;
    const grown = new Uint8Array(Math.max(this.bytes.length * 2, this.length + more));
    grown.set(this.bytes.subarray(0, this.length));
    this.bytes = grown;
  }
}
