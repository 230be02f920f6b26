import { readFileSync } from 'node:fs';
import { InputError } from '../../errors.js';
import { readJson } from '../../runs/files.js';
import { projectPath } from '../../runs/paths.js';

type HypernymList = 'world' | 'in-1k';

const read: Readonly<Record<HypernymList, () => Map<string, string>>> = {
  world: () => {
    const { hypernyms } = readJson<{ hypernyms: Record<string, { hypernym: string }> }>(
      projectPath('data', 'world', 'hypernyms.json'),
    );
    return new Map(Object.entries(hypernyms).map(([name, { hypernym }]) => [name, hypernym]));
  },
  'in-1k': () => {
    const [, ...rows] = readFileSync(projectPath('data', 'concepts', 'in-1k.tsv'), 'utf8')
      .trimEnd()
      .split('\n');
    return new Map(rows.map((row) => row.split('\t')).map(([name, , hypernym]) => [name, hypernym]));
  },
};
const loaded = new Map<HypernymList, Map<string, string>>();

/**
 * The word above a concept in WordNet: `panda` → `procyonid`, `red apple` → `apple`. The "h" of IN+h+Places (Table 2).
 *
 * The first word of the synset's first hypernym, one higher while that is the concept's own word. A drawing's sense was
 * chosen by hand, a class of ImageNet is its synset. A name that ImageNet-1k has twice has one hypernym.
 *
 * @param list  `world`: the emoji world's concepts; `in-1k`: ImageNet-1k's cleaned names
 * @throws InputError if the list lacks the concept
 */
export function hypernymOf(concept: string, list: HypernymList): string {
  let hypernyms = loaded.get(list);
  if (!hypernyms) {
    hypernyms = read[list]();
    loaded.set(list, hypernyms);
  }
  const hypernym = hypernyms.get(concept);
  if (hypernym !== undefined) return hypernym;
  throw new InputError({
    where: `hypernymOf: "${concept}"`,
    expected: `a concept of the list ${list}, spelt as there`,
    found: 'no such name',
    fix: 'take the name from the list, or give captions of your own concepts another strategy',
  });
}
