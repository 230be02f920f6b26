import { expect, it } from 'vitest';
import { worldConcepts } from '../../../../lib/data/concepts.js';
import { hasData } from '../../../../lib/data/sources/fetchData.js';
import {
  foodsByGroup,
  missingPhotographs,
  onWhite,
  readStamps,
  stampsByKind,
} from '../../../../lib/tiers/judging/photographs/photographSets.js';

it('the list of cut-outs: each once, concepts of the world, eight or more of a kind', () => {
  const stamps = readStamps();
  expect(new Set(stamps.map(({ file }) => file)).size).toBe(stamps.length);
  const names = new Set(worldConcepts().map(({ name }) => name));
  const concepts = stamps.flatMap(({ concept }) => concept ?? []);
  expect(concepts.filter((concept) => !names.has(concept))).toEqual([]);
  expect(new Set(concepts).size).toBeGreaterThan(80);
  const kinds = stamps.flatMap(({ kind }) => kind ?? []);
  for (const kind of new Set(kinds)) expect(kinds.filter((one) => one === kind).length).toBeGreaterThanOrEqual(8);
});

it('without the photographs says which command fetches them', async () => {
  if (hasData('foods') || hasData('stamps')) return expect(missingPhotographs() ?? '').not.toContain('undefined');
  expect(missingPhotographs()).toMatch(/synclr data foods.*synclr data stamps/);
  expect(() => stampsByKind()).toThrow(/synclr data stamps/);
  await expect(foodsByGroup()).rejects.toThrow(/synclr data foods/);
});

it('onWhite: premultiplied pixels over white', () => {
  expect([...onWhite(Uint8Array.of(100, 0, 0, 128, 0, 0, 0, 0))]).toEqual([227, 127, 127, 255, 255, 255]);
});
