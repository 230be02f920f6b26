import { readFileSync } from 'node:fs';
import { InputError } from '../../errors.js';
import { projectPath } from '../../runs/paths.js';
import type { CaptionConcept, PublishedSource } from '../mixture.js';

/** The lists of data/concepts, as their data sets' authors wrote them. */
const FILES = {
  'in-1k': 'in-1k.tsv',
  'in-21k': 'in-21k.tsv',
  'places-365': 'places-365.txt',
  'sun-397': 'sun-397.txt',
  'food-101': 'food-101.txt',
  cars: 'cars.txt',
  aircraft: 'aircraft.txt',
  flowers: 'flowers.txt',
  dtd: 'dtd.txt',
  pets: 'pets.txt',
  'caltech-101': 'caltech-101.txt',
} as const;
export type ConceptFile = keyof typeof FILES;

/** The lines of a list's data file, less a table's header. data/concepts/README.md tells origin, licence and columns. */
export function conceptLines(list: ConceptFile): string[] {
  const lines = readFileSync(projectPath('data', 'concepts', FILES[list]), 'utf8')
    .trimEnd()
    .split('\n');
  return FILES[list].endsWith('.tsv') ? lines.slice(1) : lines;
}

/** Lines of Places-365 that the published file lacks: what stands outdoors under a name it has indoors, and two arenas. */
const PLACES_LEFT_OUT = new Set([16, 17, 47, 157, 161, 166, 170, 189, 213, 223, 237, 256, 316, 326]);

/** `/s/stadium/baseball 312` → `baseball stadium`, as the published file has it; else the third part of the path. */
function placeName(line: string): string {
  const [path] = line.split(' ');
  const [, , place, kind] = path.split('/');
  return (place === 'stadium' ? `${kind} ${place}` : place).replaceAll('_', ' ');
}

/** Places-365 as published: 351 of 365 names, indoor or outdoor dropped; 346 differ. */
function places365(): string[] {
  return conceptLines('places-365')
    .filter((_, index) => !PLACES_LEFT_OUT.has(index))
    .map(placeName);
}

/** SUN397 as published: the path's parts in words, indoor and outdoor dropped; 377 of 397 differ. */
function sun397(): string[] {
  return conceptLines('sun-397').map((line) =>
    line.slice('/a/'.length).replaceAll(/[/_]/g, ' ').replaceAll(' outdoor', '').replaceAll(' indoor', ''),
  );
}

function caltech101(): string[] {
  return conceptLines('caltech-101').map((name) => name.replaceAll(/ +/g, ' '));
}

const firstColumn = (line: string): string => line.slice(0, line.indexOf('\t'));

/**
 * The names of one list after the published code's clean-up, in the file's order, repeats kept: 1000 (ImageNet-1k,
 * "missile" and "sunglasses" twice), 351, 397, 101, 196 (" car" appended), 100 (" aircraft" appended), 102, 47, 37, 102.
 * Of ImageNet-21k, see `imageNet21kConcepts`.
 */
export function conceptNames(list: Exclude<ConceptFile, 'in-21k'>): string[] {
  if (list === 'in-1k') return conceptLines(list).map(firstColumn);
  if (list === 'places-365') return places365();
  if (list === 'sun-397') return sun397();
  if (list === 'caltech-101') return caltech101();
  if (list === 'cars' || list === 'aircraft') {
    return conceptLines(list).map((name) => `${name} ${list === 'cars' ? 'car' : 'aircraft'}`);
  }
  return conceptLines(list);
}

/** The first of each name, compared without case. */
function distinct(names: readonly string[]): string[] {
  const first = new Map<string, string>();
  for (const name of names) {
    const key = name.toLowerCase();
    if (!first.has(key)) first.set(key, name);
  }
  return [...first.values()];
}

/**
 * "IN-21k and others" (paper §3.1): the most frequent ImageNet-21k names (the first word of each class), then those of
 * Caltech-101 (less its class of backgrounds) and Pets that are not among them. Each name once, as a file's keys.
 *
 * The paper leaves open what "most frequent 13k" counts, and its file is not public. Here the classes of ImageNet-12k,
 * the 11 821 with most photographs, come first; among and after them those that WordNet met most often in its tagged
 * texts, then a word's commoner sense, then an arbitrary order that takes evenly from all of WordNet. Whether images or
 * texts come first changes the order alone: both keep the same 13 000 names.
 *
 * @param count  names kept of ImageNet-21k
 * @throws InputError if count is not a whole number from 1 to that of ImageNet-21k's different names
 */
export function imageNet21kConcepts(count = 13_000): string[] {
  const classes = conceptLines('in-21k').map((line) => {
    const [name, synset, sense, used, manyImages] = line.split('\t');
    // The last digits of a synset's number are as good as random.
    return { name, keys: [-manyImages, -used, Number(sense)], tie: [...synset].reverse().join('') };
  });
  classes.sort((a, b) => {
    const at = a.keys.findIndex((key, i) => key !== b.keys[i]);
    if (at >= 0) return a.keys[at] - b.keys[at];
    return a.tie < b.tie ? -1 : 1;
  });
  const names = distinct(classes.map(({ name }) => name));
  if (!(Number.isInteger(count) && count >= 1 && count <= names.length)) {
    throw new InputError({
      where: 'concepts of ImageNet-21k: count',
      expected: `a whole number from 1 to ${names.length}`,
      found: String(count),
      fix: 'the paper keeps 13 000',
    });
  }
  const others = [...conceptNames('caltech-101').filter((name) => name !== 'background'), ...conceptNames('pets')];
  return distinct([...names.slice(0, count), ...others]);
}

/** Places-365 and SUN397 together, each name once: 457 (published code). */
export function placeConcepts(): string[] {
  return [...new Set([...places365(), ...sun397()])];
}

/**
 * The paper's concept lists, for `publishedMixture({ lists: publishedLists() })`. They carry no backgrounds: give some to
 * the object lists' concepts, or template c,bg the share 0.
 *
 * @param imageNet21k  names kept of ImageNet-21k
 */
export function publishedLists({
  imageNet21k = 13_000,
}: {
  imageNet21k?: number;
} = {}): Record<PublishedSource, CaptionConcept[]> {
  const names: Record<PublishedSource, string[]> = {
    'in-1k': conceptNames('in-1k'),
    'in-21k': imageNet21kConcepts(imageNet21k),
    aircraft: conceptNames('aircraft'),
    cars: conceptNames('cars'),
    food: conceptNames('food-101'),
    flowers: conceptNames('flowers'),
    places: placeConcepts(),
    dtd: conceptNames('dtd'),
  };
  const sources = Object.entries(names).map(([source, list]) => [source, list.map((name) => ({ name }))]);
  return Object.fromEntries(sources);
}
