/** Field numbers of ONNX's messages, as onnx.proto3 has them. */
export const ONNX = {
  model: { version: 1, producer: 2, graph: 7, opset: 8, metadata: 14 },
  graph: { node: 1, name: 2, initializer: 5, input: 11, output: 12 },
  node: { input: 1, output: 2, op: 4, attribute: 5, domain: 7 },
  attribute: { name: 1, float: 2, int: 3, text: 4, tensor: 5, graph: 6, ints: 8, tensors: 10, graphs: 11, type: 20 },
  tensor: { dims: 1, type: 2, name: 8, raw: 9, external: 13, location: 14 },
  opset: { domain: 1, version: 2 },
  /** of metadata and of external data */
  entry: { key: 1, value: 2 },
  value: { name: 1, type: 2 },
  type: { tensor: 1 },
  tensorType: { element: 1, shape: 2 },
  shape: { dim: 1 },
  dim: { size: 1, name: 2 },
} as const;

/** AttributeProto.AttributeType. */
export const ATTRIBUTE_TYPE = { float: 1, int: 2, text: 3, ints: 7 } as const;

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

const valuesOf = (bytes: Buffer, wanted: number) =>
  fieldsOf(bytes).flatMap(({ field, value }) => (field === wanted ? [value] : []));

/** The messages and texts of one field of a message, in order. */
export const messagesOf = (bytes: Buffer, wanted: number) =>
  valuesOf(bytes, wanted).filter((value) => typeof value !== 'number');

/** The whole numbers of one field of a message, in order. */
export const numbersOf = (bytes: Buffer, wanted: number) =>
  valuesOf(bytes, wanted).filter((value) => typeof value === 'number');

/** The first text of one field of a message; empty where it has none. */
export const textOf = (bytes: Buffer, wanted: number) => messagesOf(bytes, wanted)[0]?.toString('utf8') ?? '';
