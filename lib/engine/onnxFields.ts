/** One field of a message of ONNX's protocol buffers. */
export interface Field {
  readonly field: number;
  /** a whole number, or the bytes of text, of numbers or of a message */
  readonly value: Buffer | number;
  /** as it stands in the message, key included */
  readonly raw: Buffer;
}

/** The fields of a message, in order. */
export function fieldsOf(bytes: Buffer): Field[] {
  const found: Field[] = [];
  let at = 0;
  const varint = () => {
    let value = 0;
    for (let scale = 1; ; scale *= 128) {
      const next = bytes[at++];
      value += (next & 127) * scale;
      if (next < 128) return value;
    }
  };
  while (at < bytes.length) {
    const start = at;
    const key = varint();
    const [field, wire] = [Math.floor(key / 8), key % 8];
    let value: Buffer | number;
    if (wire === 0) value = varint();
    else {
      const length = wire === 2 ? varint() : wire === 5 ? 4 : 8;
      value = bytes.subarray(at, at + length);
      at += length;
    }
    found.push({ field, value, raw: bytes.subarray(start, at) });
  }
  return found;
}
