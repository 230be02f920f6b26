import type { Notebook } from '../lib/notebook/index.js';

/** The notebooks, and with which parameters the tests run them: small ones. A new notebook joins here. */
export const COURSE: Record<string, Record<string, unknown>> = {
  '00-overview.ipynb': { things: ['penguin'], others: 2 },
  '01-captions.ipynb': {},
  '02-diffusion.ipynb': { tier: 'smoke' },
  '03-objective.ipynb': {},
  '03-training.ipynb': { steps: 6 },
  '04-evaluation.ipynb': { tier: 'smoke', few: 6 },
  '05-pca.ipynb': {},
  '06-ablations.ipynb': { steps: 4 },
  '07-dense.ipynb': { steps: 4 },
  '08-transfer.ipynb': { concepts: 20, episodes: 20 },
  '09-scaling.ipynb': { many: 10, heldOut: 8, steps: 6 },
  '10-clip-stablerep.ipynb': { steps: 4 },
  '11-photographs.ipynb': { draws: 2 },
};

/** The folded solutions of a notebook's exercises: the TypeScript in each `<details>` block called Solution. */
export function solutionsOf({ cells }: Notebook): string[] {
  const prose = cells.filter((cell) => cell.cell_type === 'markdown').map((cell) => cell.source);
  const folded = /<details><summary>Solution<\/summary>\n\n([\s\S]*?)\n<\/details>/g;
  return prose
    .flatMap((text) => [...text.matchAll(folded)].map((match) => match[1]))
    .map((text) => [...text.matchAll(/```typescript\n([\s\S]*?)```/g)].map((match) => match[1]).join('\n'));
}
