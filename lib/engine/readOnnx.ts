import { readFileSync } from 'node:fs';
import { widenHalf } from '../runs/floats.js';
import { type HostTensors, hostTensor } from '../runs/hostTensor.js';
import { ELEMENT } from './onnx.js';
import { messagesOf, numbersOf, ONNX, textOf } from './onnxFields.js';
import type { Ranges } from './products.js';

/**
 * The learnt numbers of an ONNX file that `exportOnnx` wrote, by name, widened to 32 bits again, and the ranges of the
 * inputs of products in 8 bits: enough to write it anew, with another batch, say. What was rounded stays rounded, and
 * rounding it again changes nothing.
 */
export function readExported(file: string): { weights: HostTensors; ranges: Ranges } {
  const [graph] = messagesOf(readFileSync(file), ONNX.model.graph);
  const stored = new Map(
    messagesOf(graph, ONNX.graph.initializer).map((bytes) => [textOf(bytes, ONNX.tensor.name), bytes] as const),
  );
  const nodes = messagesOf(graph, ONNX.graph.node).map((bytes) => ({
    op: textOf(bytes, ONNX.node.op),
    inputs: messagesOf(bytes, ONNX.node.input).map((name) => name.toString('utf8')),
  }));
  const weights: HostTensors = {};
  for (const [name, bytes] of stored) {
    if (name.endsWith('.half')) weights[name.slice(0, -5)] = hostTensor(dataOf(bytes), shapeOf(bytes));
    else if (!/^v\d+$|\.(int8|scale)$/.test(name)) weights[name] = hostTensor(dataOf(bytes), shapeOf(bytes));
  }
  const widened = (bytes: string, scale: string) => {
    const [rows, columns] = shapeOf(stored.get(bytes)!);
    const [values, scales] = [dataOf(stored.get(bytes)!), dataOf(stored.get(scale)!)];
    return hostTensor(
      values.map((value, i) => value * scales[i % columns]),
      [rows, columns],
    );
  };
  for (const bytes of stored.keys()) {
    const scale = bytes.replace(/\.int8$/, '.scale');
    if (bytes !== scale && stored.has(scale)) weights[bytes.slice(0, -5)] = widened(bytes, scale);
  }
  const ranges = new Map<string, [low: number, high: number]>();
  for (const { op, inputs } of nodes) {
    if (op !== 'MatMulIntegerToFloat') continue;
    const [, bytes, step, steps, middle] = inputs;
    const name = bytes.replace(/\.int8$/, '');
    weights[name] = widened(bytes, steps);
    const [scale, zero] = [step, middle].map((one) => dataOf(stored.get(one)!)[0]);
    ranges.set(name, [-zero * scale, (255 - zero) * scale]);
  }
  return { weights, ranges };
}

/** The numbers of a tensor, in 32 bits. */
function dataOf(bytes: Buffer): Float32Array {
  const raw = Uint8Array.from(messagesOf(bytes, ONNX.tensor.raw)[0] ?? []);
  const type = numbersOf(bytes, ONNX.tensor.type)[0];
  if (type === ELEMENT.float16) return widenHalf(new Uint16Array(raw.buffer));
  if (type === ELEMENT.float32) return new Float32Array(raw.buffer);
  return Float32Array.from(type === ELEMENT.int8 ? new Int8Array(raw.buffer) : raw);
}

const shapeOf = (bytes: Buffer) => numbersOf(bytes, ONNX.tensor.dims);
