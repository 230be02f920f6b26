import { expect, it } from 'vitest';
import {
  GENERATOR_FAMILIES,
  generatorScenes,
  HELD_OUT_FAMILIES,
  newPlacesAllowance,
  realScenes,
  worldConcepts,
} from '../../../lib/data/index.js';
import { splitMapData } from '../../../lib/tiers/report/splitMapData.js';

it('says of every drawing and place who sees it, as the scenes themselves show', async () => {
  const [concept] = worldConcepts({ count: 1 });
  const { columns, rows } = await splitMapData(concept, { size: 16 });
  expect(rows.map(({ label }) => label)).toEqual([...GENERATOR_FAMILIES, ...HELD_OUT_FAMILIES]);

  const scenes = { concepts: [concept], count: 400, seed: 5, size: 16 };
  const sets = {
    generator: await generatorScenes(scenes),
    train: await realScenes({ ...scenes, split: 'train' }),
    val: await realScenes({ ...scenes, split: 'val' }),
    places: await realScenes({ ...scenes, split: 'test', allowance: newPlacesAllowance }),
    test: await realScenes({ ...scenes, split: 'test' }),
  };
  const seen = new Map<string, string>();
  for (const [viewer, set] of Object.entries(sets)) {
    for (let i = 0; i < set.length; i++) {
      const { background, objects } = set.spec(i);
      seen.set(`${objects[0].family} ${background}`, viewer);
    }
  }
  const claimed = rows.flatMap(({ label, cells }) =>
    cells.map(({ seenBy }, at) => [`${label} ${columns[at]}`, seenBy]),
  );
  for (const [pair, seenBy] of claimed) expect([pair, seenBy]).toEqual([pair, seen.get(pair) ?? 'nobody']);
});
