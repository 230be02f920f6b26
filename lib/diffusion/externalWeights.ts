import { closeSync, fstatSync, openSync, readSync } from 'node:fs';
import { ONNX } from '../engine/onnxFields.js';

/** A message in the file: from byte `start` up to `end`. */
interface Span {
  readonly start: number;
  readonly end: number;
}

/**
 * Names of the files in which an ONNX file keeps weights, sorted: what else lies beside it is not read. Numbers within the
 * file are skipped, so that one of gigabytes takes no time. Of a file that is damaged, the names up to the damage: whoever
 * opens it tells.
 */
export function externalWeights(file: string): string[] {
  const descriptor = openSync(file, 'r');
  try {
    const read = byteReader(descriptor);
    const found = new Set<string>();
    const fields = (span: Span, wanted: number) => fieldsOf(read, span, wanted);
    const tensor = (span: Span) => {
      for (const entry of fields(span, ONNX.tensor.external)) {
        const [key, value] = [ONNX.entry.key, ONNX.entry.value].map((field) => fields(entry, field).map(read.text)[0]);
        if (key === 'location' && value) found.add(value);
      }
    };
    const graph = (span: Span): void => {
      fields(span, ONNX.graph.initializer).forEach(tensor);
      for (const node of fields(span, ONNX.graph.node)) {
        for (const attribute of fields(node, ONNX.node.attribute)) {
          for (const field of [ONNX.attribute.tensor, ONNX.attribute.tensors]) fields(attribute, field).forEach(tensor);
          for (const field of [ONNX.attribute.graph, ONNX.attribute.graphs]) fields(attribute, field).forEach(graph);
        }
      }
    };
    fields({ start: 0, end: fstatSync(descriptor).size }, ONNX.model.graph).forEach(graph);
    return [...found].sort();
  } finally {
    closeSync(descriptor);
  }
}

interface ByteReader {
  byte(at: number): number | undefined;
  text(span: Span): string;
}

/** Reads single bytes of a file through a window of it. */
function byteReader(descriptor: number, size = 2 ** 16): ByteReader {
  const window = Buffer.alloc(size);
  let from = 0;
  let length = 0;
  return {
    byte(at) {
      if (at < from || at >= from + length) {
        from = at;
        length = readSync(descriptor, window, 0, size, at);
      }
      return at < from + length ? window[at - from] : undefined;
    },
    text({ start, end }) {
      const bytes = Buffer.alloc(Math.min(end - start, 2 ** 12));
      return bytes.toString('utf8', 0, readSync(descriptor, bytes, 0, bytes.length, start));
    },
  };
}

/** The messages and texts of one field of a message; fields of other kinds are passed over. */
function fieldsOf({ byte }: ByteReader, { start, end }: Span, wanted: number): Span[] {
  const found: Span[] = [];
  let at = start;
  const varint = (): number => {
    let value = 0;
    for (let shift = 1; shift < 2 ** 63; shift *= 128) {
      const next = at < end ? byte(at++) : undefined;
      if (next === undefined) return Number.NaN;
      value += (next & 127) * shift;
      if (next < 128) return value;
    }
    return Number.NaN;
  };
  while (at < end) {
    const key = varint();
    const wire = key % 8;
    if (wire === 0) varint();
    else if (wire === 1) at += 8;
    else if (wire === 5) at += 4;
    else if (wire === 2) {
      const length = varint();
      if (!(at + length <= end)) return found;
      if (Math.floor(key / 8) === wanted) found.push({ start: at, end: at + length });
      at += length;
    } else return found;
  }
  return found;
}
