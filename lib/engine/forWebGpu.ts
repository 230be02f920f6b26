import { readFileSync } from 'node:fs';
import { writeWhole } from '../runs/files.js';
import { ProtoWriter } from '../runs/protobuf.js';
import type { Attribute } from './graph.js';
import { nodeProto, tensorProto } from './onnx.js';
import { fieldsOf, messagesOf, numbersOf, ONNX, textOf } from './onnxFields.js';

/** Buffers of a shader that every WebGPU has are 8; a Split takes one for what it cuts. */
const MOST_PARTS = 7;

/**
 * Writes an ONNX file of `exportOnnx` anew, such that ONNX Runtime's WebGPU computes it: the same numbers by other nodes.
 * - A Split into more parts than a shader has buffers becomes two after each other: the runtime fails on it.
 * - q·kᵀ, a FusedMatMul, becomes Transpose and MatMul: the runtime has no such kernel, and would compute it on the
 *   processor. Its WebAssembly makes one node of the two again.
 */
export function rewriteForWebGpu(file: string): void {
  const model = readFileSync(file);
  const [given] = messagesOf(model, ONNX.model.graph);
  const constants = new Map(
    messagesOf(given, ONNX.graph.initializer).map((tensor) => [textOf(tensor, ONNX.tensor.name), tensor]),
  );
  const used = new Set<string>();
  const graph = new ProtoWriter();
  /** what is cut along its third and last axis, so has three */
  const threeAxes = new Set<string>();
  let made = 0;
  const newName = () => `webgpu${made++}`;
  const int64 = (values: readonly number[]) => {
    const name = newName();
    const tensor = tensorProto(name, [values.length], 'int64', BigInt64Array.from(values, BigInt));
    constants.set(name, Buffer.from(tensor.finish()));
    return name;
  };
  const write = (
    op: string,
    inputs: readonly string[],
    outputs: readonly string[],
    attributes: Readonly<Record<string, Attribute>> = {},
  ) => {
    for (const name of inputs) used.add(name);
    graph.bytesField(ONNX.graph.node, nodeProto(op, '', inputs, outputs, attributes));
  };
  const split = ({ inputs: [whole, sizes], outputs, ints }: NodeParts) => {
    const [raw] = messagesOf(constants.get(sizes) as Buffer, ONNX.tensor.raw);
    const own = outputs.map((_, i) => Number(raw.readBigInt64LE(8 * i)));
    const each = Math.ceil(outputs.length / Math.ceil(outputs.length / MOST_PARTS));
    const starts = outputs.map((_, i) => i).filter((i) => i % each === 0);
    const cut = starts.map((i) => {
      return { name: newName(), sizes: own.slice(i, i + each), to: outputs.slice(i, i + each) };
    });
    const wide = int64(cut.map((part) => part.sizes.reduce((sum, size) => sum + size)));
    const names = cut.map(({ name }) => name);
    write('Split', [whole, wide], names, { axis: ints.axis });
    for (const part of cut) write('Split', [part.name, int64(part.sizes)], part.to, { axis: ints.axis });
  };

  for (const bytes of messagesOf(given, ONNX.graph.node)) {
    const node = partsOf(bytes);
    const { op, inputs, outputs, ints } = node;
    if (op === 'Split' && ints.axis === 2) for (const name of outputs) threeAxes.add(name);
    if (op === 'Split' && outputs.length > MOST_PARTS) split(node);
    else if (op === 'FusedMatMul' && ints.transB === 1 && ints.transA === 0 && threeAxes.has(inputs[0])) {
      const turned = newName();
      write('Transpose', [inputs[1]], [turned], { perm: [0, 2, 1] });
      write('MatMul', [inputs[0], turned], outputs);
    } else {
      for (const name of inputs) used.add(name);
      graph.bytesField(ONNX.graph.node, bytes);
    }
  }
  for (const [name, tensor] of constants) if (used.has(name)) graph.bytesField(ONNX.graph.initializer, tensor);
  const kept: number[] = [ONNX.graph.node, ONNX.graph.initializer];
  const rest = fieldsOf(given).filter(({ field }) => !kept.includes(field));
  const whole = Buffer.concat([graph.finish(), ...rest.map(({ raw }) => raw)]);
  const written = new ProtoWriter().bytesField(ONNX.model.graph, whole);
  const others = fieldsOf(model).filter(({ field }) => field !== ONNX.model.graph);
  writeWhole(file, Buffer.concat([...others.map(({ raw }) => raw), written.finish()]));
}

interface NodeParts {
  readonly op: string;
  readonly inputs: readonly string[];
  readonly outputs: readonly string[];
  /** attributes that are whole numbers */
  readonly ints: Readonly<Record<string, number>>;
}

function partsOf(node: Buffer): NodeParts {
  const ints: Record<string, number> = {};
  for (const attribute of messagesOf(node, ONNX.node.attribute)) {
    const [value] = numbersOf(attribute, ONNX.attribute.int);
    if (value !== undefined) ints[textOf(attribute, ONNX.attribute.name)] = value;
  }
  const [inputs, outputs] = [ONNX.node.input, ONNX.node.output].map((at) => messagesOf(node, at).map(String));
  return { op: textOf(node, ONNX.node.op), inputs, outputs, ints };
}
