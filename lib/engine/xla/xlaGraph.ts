import { InputError } from '../../errors.js';
import { runtimeMessage } from '../runtimeMessage.js';
import type { Blobs, PythonWorker } from './pythonWorker.js';

/** An input or output of a graph; sizes left open are null. */
export interface XlaPort {
  readonly name: string;
  readonly dtype: string;
  readonly shape: readonly (number | null)[];
}

/** A graph that a worker holds. */
export interface XlaGraph {
  readonly graph: number;
  readonly inputs: readonly XlaPort[];
  readonly outputs: readonly XlaPort[];
}

/** How run_onnx.py spreads a graph, see `Spread`: the tensors of the state of which devices keep parts, by name. */
export interface SpreadNames {
  readonly rows: Readonly<Record<string, number>>;
  readonly shared: readonly string[];
}

let graphs = 0;

/**
 * Gives an ONNX model to a worker.
 * @param outside the external data it refers to, by path
 * @throws InputError for a model that is not one, or with operators that are not translated, by name
 */
export async function openXlaGraph(
  worker: PythonWorker,
  model: Uint8Array,
  { name, outside = {}, ...how }: { name: string; outside?: Blobs; spread?: SpreadNames; products?: string },
): Promise<XlaGraph> {
  const graph = graphs++;
  try {
    const { header } = await worker.ask({ call: 'open_graph', graph, ...how }, {}, { ...outside, model });
    return { graph, inputs: header.inputs as XlaPort[], outputs: header.outputs as XlaPort[] };
  } catch (error) {
    if (error instanceof InputError) throw error;
    throw new InputError({
      where: `${name}, opening its graph on xla`,
      expected: 'an ONNX model whose operators lib/engine/xla/operators.py translates',
      found: runtimeMessage(error),
      fix: 'add the operator there, or use another device',
    });
  }
}
