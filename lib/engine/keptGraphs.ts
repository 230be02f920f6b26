import type { InputSpec } from './step.js';

/** Open graphs of a step, one for each set of input shapes. */
export interface KeptGraphs<Graph> {
  of(inputs: Record<string, InputSpec>): Promise<Graph>;
  /** All of them, which are kept no longer. */
  drain(): Graph[];
}

/** At most `keep` graphs at a time: for another one the least recently used is released. */
export function keptGraphs<Graph>({
  keep,
  prepare,
  release,
}: {
  keep: number;
  /** Says what it cannot take before a graph is given up for it. */
  prepare(inputs: Record<string, InputSpec>): () => Promise<Graph>;
  release(graph: Graph): Promise<unknown>;
}): KeptGraphs<Graph> {
  // The least recently used comes first.
  const graphs = new Map<string, Graph>();
  return {
    async of(inputs) {
      const key = JSON.stringify(Object.entries(inputs).sort(([a], [b]) => (a < b ? -1 : 1)));
      let graph = graphs.get(key);
      graphs.delete(key);
      if (graph === undefined) {
        const open = prepare(inputs);
        for (const [old, kept] of graphs) {
          if (graphs.size < keep) break;
          graphs.delete(old);
          await release(kept);
        }
        graph = await open();
      }
      graphs.set(key, graph);
      return graph;
    },
    drain() {
      const all = [...graphs.values()];
      graphs.clear();
      return all;
    },
  };
}
