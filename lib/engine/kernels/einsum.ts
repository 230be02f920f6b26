import { recordKernel } from '../trace.js';

/** Sums of products by Einstein's convention, e.g. `bqd,bkd->bqk`. */
recordKernel('Einsum', (graph, { list }, attrs) => {
  const equation = (attrs.equation as string).replace(/\s/g, '');
  const [left, result] = equation.split('->');
  const sizes = new Map<string, number>();
  for (const [i, term] of left.split(',').entries()) {
    for (const [axis, letter] of [...term].entries()) sizes.set(letter, list[i].shape[axis]);
  }
  const shape = [...result].map((letter) => sizes.get(letter) as number);
  return graph.node('Einsum', list, shape, list[0].dtype, { equation });
});
