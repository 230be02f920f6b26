import { readFileSync } from 'node:fs';
import { fieldsOf } from '../engine/onnxFields.js';
import { writeWhole } from '../runs/files.js';
import { ProtoWriter } from '../runs/protobuf.js';

/** Field numbers of ONNX's messages. */
const MODEL = { graph: 7 };
const GRAPH = { node: 1, initializer: 5 };
const NODE = { input: 1, output: 2, op: 4, attribute: 5 };
const ATTRIBUTE = { name: 1, int: 3 };
const TENSOR = { dims: 1, type: 2, name: 8, raw: 9 };
const INT64 = 7;

/** Buffers of a shader that every WebGPU has are 8; a Split takes one for what it cuts. */
const MOST_PARTS = 7;

/**
 * Writes an ONNX file of `exportOnnx` anew, such that ONNX Runtime's WebGPU computes it: the same numbers by other nodes.
 * - A Split into more parts than a shader has buffers becomes two after each other: the runtime fails on it.
 * - q·kᵀ, a FusedMatMul, becomes Transpose and MatMul: the runtime has no such kernel, and would compute it on the
 *   processor. Its WebAssembly makes one node of the two again.
 */
export function rewriteForWebGpu(file: string): void {
  const model = fieldsOf(readFileSync(file));
  const fields = fieldsOf(model.find(({ field }) => field === MODEL.graph)?.value as Buffer);
  const constants = new Map(
    fields
      .filter(({ field }) => field === GRAPH.initializer)
      .map(({ value }) => [String(fieldsOf(value as Buffer).find(({ field }) => field === TENSOR.name)?.value), value]),
  );
  const used = new Set<string>();
  const graph = new ProtoWriter();
  /** what is cut along its third and last axis, so has three */
  const threeAxes = new Set<string>();
  let made = 0;
  const newName = () => `webgpu${made++}`;
  const int64 = (values: readonly number[]) => {
    const name = newName();
    const tensor = new ProtoWriter().int(TENSOR.dims, values.length).int(TENSOR.type, INT64);
    tensor.bytesField(TENSOR.name, name).bytesField(TENSOR.raw, Buffer.from(BigInt64Array.from(values, BigInt).buffer));
    constants.set(name, Buffer.from(tensor.finish()));
    return name;
  };
  const node = (op: string, inputs: readonly string[], outputs: readonly string[], attributes: Uint8Array[] = []) => {
    const written = new ProtoWriter();
    for (const name of inputs) used.add(name);
    for (const name of inputs) written.bytesField(NODE.input, name);
    for (const name of outputs) written.bytesField(NODE.output, name);
    written.bytesField(NODE.op, op);
    for (const attribute of attributes) written.bytesField(NODE.attribute, attribute);
    graph.bytesField(GRAPH.node, written);
  };

  for (const { field, value } of fields) {
    if (field === GRAPH.initializer) continue;
    const { op, inputs, outputs, attributes, ints } = nodeOf(field === GRAPH.node ? (value as Buffer) : Buffer.of());
    if (op === 'Split' && ints.axis === 2) for (const name of outputs) threeAxes.add(name);
    if (op === 'Split' && outputs.length > MOST_PARTS) {
      const raw = fieldsOf(constants.get(inputs[1]) as Buffer).find(({ field }) => field === TENSOR.raw)?.value;
      const own = outputs.map((_, i) => Number((raw as Buffer).readBigInt64LE(8 * i)));
      const each = Math.ceil(outputs.length / Math.ceil(outputs.length / MOST_PARTS));
      const starts = outputs.map((_, i) => i).filter((i) => i % each === 0);
      const cut = starts.map((i) => ({
        name: newName(),
        sizes: own.slice(i, i + each),
        to: outputs.slice(i, i + each),
      }));
      const wide = cut.map(({ sizes }) => sizes.reduce((sum, size) => sum + size));
      node(
        op,
        [inputs[0], int64(wide)],
        cut.map(({ name }) => name),
        attributes,
      );
      for (const { name, sizes, to } of cut) node(op, [name, int64(sizes)], to, attributes);
    } else if (op === 'FusedMatMul' && ints.transB === 1 && ints.transA === 0 && threeAxes.has(inputs[0])) {
      const turned = newName();
      node('Transpose', [inputs[1]], [turned], [permutation([0, 2, 1])]);
      node('MatMul', [inputs[0], turned], outputs);
    } else {
      for (const name of inputs) used.add(name);
      graph.bytesField(field, value as Buffer);
    }
  }
  for (const [name, value] of constants) if (used.has(name)) graph.bytesField(GRAPH.initializer, value as Buffer);
  const written = new ProtoWriter();
  for (const { field, value } of model) {
    if (field === MODEL.graph) written.bytesField(field, graph);
    else if (typeof value === 'number') written.int(field, value);
    else written.bytesField(field, value);
  }
  writeWhole(file, written.finish());
}

function nodeOf(bytes: Buffer) {
  const fields = fieldsOf(bytes);
  const all = (at: number) => fields.filter(({ field }) => field === at).map(({ value }) => value as Buffer);
  const attributes = all(NODE.attribute);
  const ints: Record<string, number> = {};
  for (const attribute of attributes.map(fieldsOf)) {
    const [name, value] = [ATTRIBUTE.name, ATTRIBUTE.int].map(
      (at) => attribute.find(({ field }) => field === at)?.value,
    );
    if (typeof value === 'number') ints[String(name)] = value;
  }
  const [inputs, outputs] = [all(NODE.input), all(NODE.output)].map((names) => names.map(String));
  return { op: String(all(NODE.op)[0] ?? ''), inputs, outputs, attributes, ints };
}

/** The attribute of a Transpose: AttributeProto name 1, ints 8, type 20 (7: ints). */
function permutation(axes: readonly number[]): Uint8Array {
  const written = new ProtoWriter().bytesField(1, 'perm');
  for (const axis of axes) written.int(8, axis);
  return written.int(20, 7).finish();
}
