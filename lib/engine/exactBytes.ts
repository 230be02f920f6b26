import { readFileSync } from 'node:fs';
import { fieldsOf, ONNX, textOf } from './onnxFields.js';

/**
 * Products in 8 bits where the processor adds pairs of them in 16 bits (x64 without VNNI instructions: Intel before Cascade
 * Lake, AMD before Zen 4): two large ones come out too small, and pictures of a generator in 8 bits are others by 3 to 16 of
 * 255. ONNX Runtime then computes exactly if it is asked to (`session.x64quantprecision`), but refuses graphs in which several
 * products share a zero point. Ours share one, which is 0, and what an operator takes where it gets none.
 */
const PRODUCT = 'MatMulIntegerToFloat';
/** Which input of a product is the zero point of its weights. */
const ZERO_POINT = 5;

/** The same model, its products without a zero point of their weights: only for models whose zero points are 0. */
export function withoutZeroPoints(model: Buffer): Buffer {
  return rewrite(model, ONNX.model.graph, (graph) =>
    rewrite(graph, ONNX.graph.node, (node) => {
      if (textOf(node, ONNX.node.op) !== PRODUCT) return node;
      let at = 0;
      return rewrite(node, ONNX.node.input, (name) => (at++ === ZERO_POINT ? Buffer.alloc(0) : name));
    }),
  );
}

/** Whether sums of 8-bit products may saturate here; where the system does not say (an empty text), they may. */
export function mayCutSums(cpu: string = describeCpu(), arch: string = process.arch): boolean {
  return arch === 'x64' && !/\bavx512_vnni\b|\bavx_vnni\b/.test(cpu);
}

function describeCpu(): string {
  try {
    return readFileSync('/proc/cpuinfo', 'utf8');
  } catch {
    return '';
  }
}

/** Whether a model has products in 8 bits of ours. */
export const hasByteProducts = (model: Buffer): boolean => model.includes(PRODUCT);

/** A message with the values of one field replaced. */
function rewrite(message: Buffer, wanted: number, change: (value: Buffer) => Buffer): Buffer {
  const parts = fieldsOf(message).map(({ field, value, raw }) => {
    if (field !== wanted || typeof value === 'number') return raw;
    const changed = change(value);
    return changed === value ? raw : Buffer.concat([varint(field * 8 + 2), varint(changed.length), changed]);
  });
  return Buffer.concat(parts);
}

function varint(value: number): Buffer {
  const bytes: number[] = [];
  let rest = value;
  for (; rest > 127; rest = Math.floor(rest / 128)) bytes.push((rest % 128) | 128);
  return Buffer.from([...bytes, rest]);
}
