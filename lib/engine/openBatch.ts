import { InputError } from '../errors.js';
import { Graph, type Node, sameShape, type Value } from './graph.js';

export interface Traced {
  graph: Graph;
  outputs: Record<string, Value>;
}

/** A size that is not known until the model runs; in a shape. */
export const OPEN = -1;

/**
 * Turns traces of one function, for fixed numbers of examples, into a graph for any number of them: it is traced for two
 * and for three, and every size that is twice and three times the same number is that number per example. Lists of sizes
 * that operators read (of Reshape, of Expand) are then made from the first input when the model runs.
 *
 * @throws InputError when the two traces differ in something else, for one in their operators
 */
export function openBatch(traceFor: (batch: number) => Traced): Traced {
  const [two, three] = [traceFor(2), traceFor(3)];
  const wanted = Object.keys(two.outputs).map((name) => ({
    name,
    pair: [two, three].map(({ graph, outputs }) => graph.materialise(outputs[name])) as Pair<Value>,
  }));
  const graph = new Graph();
  const made = new Map<Value, Value>();
  two.graph.inputs.forEach((v, i) => {
    const other = three.graph.inputs[i];
    made.set(v, graph.input((v.from as { name: string }).name, openShape(v.shape, other.shape), v.dtype));
  });
  if (two.graph.nodes.length !== three.graph.nodes.length) throw depends('its operators');
  two.graph.nodes.forEach((node, i) => {
    replay(graph, made, [node, three.graph.nodes[i]]);
  });
  const replayed = (pair: Pair<Value>) => made.get(pair[0]) ?? constantOf(graph, made, pair);
  return { graph, outputs: Object.fromEntries(wanted.map(({ name, pair }) => [name, replayed(pair)])) };
}

type Pair<T> = [T, T];

function replay(graph: Graph, made: Map<Value, Value>, [node, other]: Pair<Node>): void {
  const { op, domain, attributes } = node;
  const isSame = op === other.op && JSON.stringify(attributes) === JSON.stringify(other.attributes);
  if (!isSame || node.inputs.length !== other.inputs.length) throw depends(`${op} and its attributes`);
  const inputs = node.inputs.map((v, i) => {
    const pair: Pair<Value> = [v, other.inputs[i]];
    return made.get(v) ?? (v.dtype === 'int64' ? sizesOf(graph, op, pair) : undefined) ?? constantOf(graph, made, pair);
  });
  const shapes = node.outputs.map((v, i) => openShape(v.shape, other.outputs[i].shape));
  const dtypes = node.outputs.map((v) => v.dtype);
  graph.outputsOf(op, inputs, shapes, dtypes, attributes, domain).forEach((v, i) => {
    made.set(node.outputs[i], v);
  });
}

/** How often each size counts the examples: 0 for a size that is the same for two and for three of them. */
function perExample(two: readonly number[], three: readonly number[]): number[] {
  if (two.length !== three.length) throw depends('the rank of a tensor');
  return two.map((n, i) => {
    if (n === three[i]) return 0;
    if (n * 3 !== three[i] * 2) throw depends(`a size, ${n} for two and ${three[i]} for three`);
    return n / 2;
  });
}

const openShape = (two: readonly number[], three: readonly number[]) =>
  perExample(two, three).map((each, i) => (each === 0 ? two[i] : OPEN));

/** A list of sizes that counts the examples, as it is made when the model runs; undefined for any other constant. */
function sizesOf(graph: Graph, op: string, [v, other]: Pair<Value>): Value | undefined {
  const [two, three] = [v, other].map(listOf);
  if (!two || !three || sameShape(two, three)) return undefined;
  const each = perExample(two, three);
  const open = each.filter((n) => n > 0);
  if (op === 'Reshape' && open.length === 1) return graph.int64(two.map((n, i) => (each[i] > 0 ? OPEN : n)));
  const batch = graph.node('Shape', [graph.inputs[0]], [1], 'int64', { start: 0, end: 1 });
  const sizes = two.map((n, i) => {
    if (each[i] === 0) return graph.int64([n]);
    return each[i] === 1 ? batch : graph.node('Mul', [batch, graph.int64([each[i]])], [1], 'int64');
  });
  return sizes.length === 1 ? sizes[0] : graph.node('Concat', sizes, [sizes.length], 'int64', { axis: 0 });
}

const listOf = (v: Value): number[] | undefined =>
  v.from.kind === 'constant' ? Array.from(v.from.data as BigInt64Array, Number) : undefined;

/** A constant that is the same in both traces. */
function constantOf(graph: Graph, made: Map<Value, Value>, [v, other]: Pair<Value>): Value {
  const copy = copyOf(graph, v, other);
  if (!copy || !sameShape(v.shape, other.shape)) throw depends('a constant');
  made.set(v, copy);
  return copy;
}

function copyOf(graph: Graph, { from, shape, dtype }: Value, { from: other }: Value): Value | undefined {
  if (from.kind === 'uniform' && other.kind === 'uniform' && Object.is(from.value, other.value)) {
    return graph.uniform(from.value, shape, dtype);
  }
  if (from.kind !== 'constant' || other.kind !== 'constant' || from.name !== other.name) return undefined;
  const { data } = from;
  const isSame = data === other.data || data.every((x: number | bigint, i: number) => Object.is(x, other.data[i]));
  return isSame ? graph.constant(data, shape, dtype, from.name) : undefined;
}

function depends(what: string): InputError {
  return new InputError({
    where: 'exportOnnx, with an open batch',
    expected: 'a function that does the same for any number of examples',
    found: `${what} depends on how many there are`,
    fix: 'export it for a fixed batch',
  });
}
