import { ProtoWriter } from '../runs/protobuf.js';
import type { Attribute, ConstantData, Dtype, Graph, Node, Value } from './graph.js';
import { ATTRIBUTE_TYPE, ONNX } from './onnxFields.js';
import { OPEN } from './openBatch.js';
import { toInt8 } from './toInt8.js';

/** Element types of onnx.proto3's TensorProto.DataType. */
export const ELEMENT: Record<Dtype | 'float16', number> = {
  float32: 1,
  uint8: 2,
  int8: 3,
  int32: 6,
  int64: 7,
  bool: 9,
  float16: 10,
};
const OPSET = 20;
const IR_VERSION = 9;
/** TensorProto.DataLocation. */
const EXTERNAL = 1;
/** Constants of so many bytes are worth leaving outside. */
const LARGE = 1 << 16;

/** Smaller matrices are not worth 8 bits. */
const SMALL_MATRIX = 4096;

/**
 * How a model's learnt numbers are stored; they are widened to 32 bits when it is loaded. `float16`: half the file, three
 * digits. `int8`: a quarter; matrices alone, a scale for each column, the rest as in `float16`.
 */
export type StoredWeights = 'float32' | 'float16' | 'int8';

/** The bytes of a constant that a model refers to by `path`. */
export interface ExternalData {
  readonly path: string;
  readonly data: Uint8Array;
}

/**
 * Serialises a recorded graph as an ONNX model (opset 20, plus com.microsoft for FusedMatMul).
 * @param outputs the graph's outputs by name
 * @param stored how named float32 constants are stored
 * @param outside takes the numbers of large constants, uncopied, under a name of theirs: the model then only refers to
 * them ("external data") and needs them beside it to be opened
 */
export function encodeModel(
  graph: Graph,
  outputs: Readonly<Record<string, Value>>,
  {
    stored = 'float32',
    metadata = {},
    outside,
  }: { stored?: StoredWeights; metadata?: Record<string, string>; outside?: ExternalData[] } = {},
): Uint8Array {
  const wanted = Object.entries(outputs).map(([name, v]) => ({ name, value: graph.materialise(v) }));
  const live = reachable(
    graph,
    wanted.map((o) => o.value),
  );

  // An output is made by a node of its own and carries its name. What passes through unchanged, or is wanted twice, is an
  // Identity.
  const made = new Map<number, string>();
  const passed = wanted.filter(({ name, value }) => {
    if (value.from.kind !== 'node' || made.has(value.id)) return true;
    made.set(value.id, name);
    return false;
  });
  const called = (v: Value) => made.get(v.id) ?? nameOf(v);

  const proto = new ProtoWriter();
  const written = new Set<number>();
  const writeBytes = (name: string, shape: readonly number[], data: Float32Array) => {
    const { values, scales } = toInt8(data, shape[1]);
    const [bytes, wide, step] = ['int8', 'wide', 'scale'].map((part) => `${name}.${part}`);
    proto.bytesField(ONNX.graph.initializer, tensorProto(bytes, shape, 'int8', values));
    proto.bytesField(ONNX.graph.initializer, tensorProto(step, [1, shape[1]], 'float32', scales));
    proto.bytesField(ONNX.graph.node, nodeProto('Cast', '', [bytes], [wide], { to: ELEMENT.float32 }));
    proto.bytesField(ONNX.graph.node, nodeProto('Mul', '', [wide, step], [name], {}));
  };
  const writeConstants = (values: readonly Value[]) => {
    for (const v of values) {
      if (written.has(v.id)) continue;
      written.add(v.id);
      if (v.from.kind === 'constant' && stored !== 'float32' && v.from.name && v.dtype === 'float32') {
        const name = nameOf(v);
        const data = v.from.data as Float32Array;
        if (stored === 'int8' && v.shape.length === 2 && data.length >= SMALL_MATRIX) writeBytes(name, v.shape, data);
        else {
          proto.bytesField(ONNX.graph.initializer, tensorProto(`${name}.half`, v.shape, 'float16', toHalf(data)));
          proto.bytesField(ONNX.graph.node, nodeProto('Cast', '', [`${name}.half`], [name], { to: ELEMENT.float32 }));
        }
      } else if (v.from.kind === 'constant') {
        const data = bytesOf(v.from.data);
        const far = outside !== undefined && data.length >= LARGE;
        if (far) outside.push({ path: nameOf(v), data });
        proto.bytesField(
          ONNX.graph.initializer,
          far
            ? reference(nameOf(v), v.shape, v.dtype, data.length)
            : tensorProto(nameOf(v), v.shape, v.dtype, v.from.data),
        );
      } else if (v.from.kind === 'uniform') {
        proto.bytesField(ONNX.graph.initializer, tensorProto(nameOf(v), v.shape, v.dtype, fill(v.from.value, v.dtype)));
      }
    }
  };

  proto.bytesField(ONNX.graph.name, 'step');
  for (const node of graph.nodes) {
    if (!live.has(node)) continue;
    writeConstants(node.inputs);
    proto.bytesField(
      ONNX.graph.node,
      nodeProto(node.op, node.domain, node.inputs.map(called), node.outputs.map(called), node.attributes),
    );
  }
  writeConstants(passed.map((o) => o.value));
  for (const { name, value } of passed)
    proto.bytesField(ONNX.graph.node, nodeProto('Identity', '', [called(value)], [name], {}));
  for (const v of graph.inputs) proto.bytesField(ONNX.graph.input, valueInfo(nameOf(v), v.shape, v.dtype));
  for (const { name, value } of wanted) proto.bytesField(ONNX.graph.output, valueInfo(name, value.shape, value.dtype));

  const model = new ProtoWriter().int(ONNX.model.version, IR_VERSION);
  model.bytesField(ONNX.model.producer, 'synclr').bytesField(ONNX.model.graph, proto);
  for (const [domain, version] of [
    ['', OPSET],
    ['com.microsoft', 1],
  ] as const) {
    const opset = new ProtoWriter().bytesField(ONNX.opset.domain, domain).int(ONNX.opset.version, version);
    model.bytesField(ONNX.model.opset, opset);
  }
  for (const [key, text] of Object.entries(metadata)) {
    model.bytesField(ONNX.model.metadata, entry(key, text));
  }
  return model.finish();
}

function reachable(graph: Graph, outputs: readonly Value[]): Set<Node> {
  const live = new Set<Node>();
  const mark = (v: Value) => v.from.kind === 'node' && live.add(v.from.node);
  outputs.forEach(mark);
  // Nodes are recorded after their inputs, so one backward pass is enough.
  for (let i = graph.nodes.length - 1; i >= 0; i--) {
    if (live.has(graph.nodes[i])) graph.nodes[i].inputs.forEach(mark);
  }
  return live;
}

function nameOf(v: Value): string {
  if (v.from.kind === 'input') return v.from.name;
  if (v.from.kind === 'constant' && v.from.name) return v.from.name;
  return `v${v.id}`;
}

function fill(value: number, dtype: Dtype): ConstantData {
  if (dtype === 'float32') return new Float32Array([value]);
  if (dtype === 'int32') return new Int32Array([value]);
  if (dtype === 'int64') return new BigInt64Array([BigInt(value)]);
  return new Uint8Array([value]);
}

const bytesOf = (data: ArrayBufferView) => new Uint8Array(data.buffer, data.byteOffset, data.byteLength);

const tensorHead = (name: string, shape: readonly number[], dtype: Dtype | 'float16') => {
  const proto = new ProtoWriter();
  for (const n of shape) proto.int(ONNX.tensor.dims, n);
  return proto.int(ONNX.tensor.type, ELEMENT[dtype]).bytesField(ONNX.tensor.name, name);
};

const entry = (key: string, text: string) =>
  new ProtoWriter().bytesField(ONNX.entry.key, key).bytesField(ONNX.entry.value, text);

/** A tensor whose bytes are external data: all of those under its name. */
function reference(name: string, shape: readonly number[], dtype: Dtype, length: number): ProtoWriter {
  const proto = tensorHead(name, shape, dtype);
  for (const [key, text] of [
    ['location', name],
    ['offset', '0'],
    ['length', `${length}`],
  ]) {
    proto.bytesField(ONNX.tensor.external, entry(key, text));
  }
  return proto.int(ONNX.tensor.location, EXTERNAL);
}

/** A TensorProto that holds its numbers. */
export function tensorProto(
  name: string,
  shape: readonly number[],
  dtype: Dtype | 'float16',
  data: ConstantData | Uint16Array,
): ProtoWriter {
  return tensorHead(name, shape, dtype).bytesField(ONNX.tensor.raw, bytesOf(data));
}

/** A NodeProto; the domain of ONNX's own operations is empty. */
export function nodeProto(
  op: string,
  domain: string,
  inputs: readonly string[],
  outputs: readonly string[],
  attributes: Readonly<Record<string, Attribute>>,
): ProtoWriter {
  const proto = new ProtoWriter();
  for (const name of inputs) proto.bytesField(ONNX.node.input, name);
  for (const name of outputs) proto.bytesField(ONNX.node.output, name);
  proto.bytesField(ONNX.node.op, op);
  for (const [name, attribute] of Object.entries(attributes)) {
    proto.bytesField(ONNX.node.attribute, attributeProto(name, attribute));
  }
  if (domain) proto.bytesField(ONNX.node.domain, domain);
  return proto;
}

/** A number is an int, {float} a float, a list ints, a text a string. */
function attributeProto(name: string, attribute: Attribute): ProtoWriter {
  const [at, kind] = [ONNX.attribute, ATTRIBUTE_TYPE];
  const proto = new ProtoWriter().bytesField(at.name, name);
  if (typeof attribute === 'number') return proto.int(at.int, attribute).int(at.type, kind.int);
  if (typeof attribute === 'string') return proto.bytesField(at.text, attribute).int(at.type, kind.text);
  if ('float' in attribute) return proto.float(at.float, attribute.float).int(at.type, kind.float);
  for (const n of attribute) proto.int(at.ints, n);
  return proto.int(at.type, kind.ints);
}

function valueInfo(name: string, shape: readonly number[], dtype: Dtype): ProtoWriter {
  const dims = new ProtoWriter();
  for (const n of shape) {
    const dim = new ProtoWriter();
    dims.bytesField(ONNX.shape.dim, n === OPEN ? dim.bytesField(ONNX.dim.name, 'batch') : dim.int(ONNX.dim.size, n));
  }
  const tensor = new ProtoWriter().int(ONNX.tensorType.element, ELEMENT[dtype]).bytesField(ONNX.tensorType.shape, dims);
  const type = new ProtoWriter().bytesField(ONNX.type.tensor, tensor);
  return new ProtoWriter().bytesField(ONNX.value.name, name).bytesField(ONNX.value.type, type);
}

/** float32 → IEEE 754 binary16, rounding to nearest even. */
export function toHalf(data: Float32Array): Uint16Array {
  const bits = new Uint32Array(1);
  const view = new Float32Array(bits.buffer);
  return Uint16Array.from(data, (x) => {
    view[0] = x;
    const sign = (bits[0] >>> 16) & 0x8000;
    const magnitude = bits[0] & 0x7fffffff;
    if (magnitude > 0x7f800000) return sign | 0x7e00;
    if (magnitude >= 0x47800000) return sign | 0x7c00;
    if (magnitude < 0x38800000) return sign | roundHalfEven(Math.abs(x) * 2 ** 24);
    const kept = magnitude - 0x38000000;
    const rounded = (kept + 0xfff + ((kept >>> 13) & 1)) >>> 13;
    return sign | rounded;
  });
}

function roundHalfEven(x: number): number {
  const floor = Math.floor(x);
  const rest = x - floor;
  return rest > 0.5 || (rest === 0.5 && floor % 2 === 1) ? floor + 1 : floor;
}
