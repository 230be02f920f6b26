import { BACKGROUNDS } from '../../data/backgrounds/index.js';
import { composeScene } from '../../data/compose.js';
import type { WorldConcept } from '../../data/concepts.js';
import { FAMILIES, GENERATOR_FAMILIES, HELD_OUT_FAMILIES } from '../../data/families.js';
import { type Allowance, generatorAllowance, newPlacesAllowance, realAllowance } from '../../data/splits.js';
import { loadSprites } from '../../data/sprites.js';
import { pictureUri } from '../../figures/pictures.js';
import type { SplitMapData, VIEWERS } from '../../figures/splitMap.js';

/** One concept in every family's drawing and before every background, and who sees it: what the world's splits come to. */
export async function splitMapData(concept: WorldConcept, { size = 64 } = {}): Promise<SplitMapData> {
  const families = [...GENERATOR_FAMILIES, ...HELD_OUT_FAMILIES].filter((family) => concept.icons[family]);
  const sprites = await loadSprites({ concepts: [concept], families: FAMILIES, size: Math.round(1.5 * size) });
  const allowed: Partial<Record<keyof typeof VIEWERS, Allowance>> = {
    generator: generatorAllowance(concept),
    train: realAllowance(concept, 'train'),
    val: realAllowance(concept, 'val'),
    places: newPlacesAllowance(concept),
    test: realAllowance(concept, 'test'),
  };
  const viewers = Object.entries(allowed) as [keyof typeof VIEWERS, Allowance][];
  const pose = { x: 0.5, y: 0.5, scale: 0.82, angle: 0, flip: false };
  const rows = families.map(async (family) => {
    const cells = BACKGROUNDS.map(async ({ name: background }) => {
      const spec = { background, backgroundSeed: 0, objects: [{ concept: concept.name, family, pose }] };
      const { image: data } = composeScene(spec, sprites, { size });
      const viewer = viewers.find(
        ([, { families, backgrounds }]) => families.includes(family) && backgrounds.includes(background),
      );
      const seenBy = viewer?.[0] ?? ('nobody' as const);
      return { image: await pictureUri({ width: size, height: size, data }), seenBy };
    });
    return { label: family, cells: await Promise.all(cells) };
  });
  const title = `“${concept.name}”: ${families.length} drawings, ${BACKGROUNDS.length} places, and who sees which`;
  return { title, columns: BACKGROUNDS.map(({ name }) => name), rows: await Promise.all(rows) };
}
