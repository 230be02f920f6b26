import { BACKGROUNDS } from '../data/backgrounds/index.js';
import type { WorldConcept } from '../data/concepts.js';
import { GENERATOR_FAMILIES } from '../data/families.js';
import type { PoseName } from '../data/pose.js';
import { sceneFacts, templateCaption } from '../data/sceneCaptions.js';
import { generatorScenes } from '../data/scenes.js';
import { type Rng, rng } from '../random/rng.js';
import type { CaptionedImages } from './generatorBatch.js';
import { buildTokenizer, wordsOf } from './tokenizer.js';
import type { TokenizerJson } from './tokenizerJson.js';

/** A sentence that names its concept. */
export interface ConceptSentence {
  caption: string;
  concept: string;
}

/** What decides the pictures and captions of a world. */
export interface WorldImagesOptions {
  concepts: readonly WorldConcept[];
  sentences?: readonly ConceptSentence[];
  sentenceFraction?: number;
  size?: number;
  pose?: PoseName;
  seed: number;
}

/** Scenes are drawn by index; there are more than a run of hours will see. */
const SCENES = 2 ** 20;

/**
 * The generator's training pictures: scenes of the emoji world in the families it may see, each with a caption that
 * fits it: half of them from a template, half from `sentences` where there are any for the scene. A sentence fits if it
 * names the scene's concept and, if it names a place of the world, that of the scene.
 */
export async function worldImages({
  concepts,
  sentences = [],
  sentenceFraction = 0.5,
  size = 64,
  pose = 'narrow',
  seed,
}: WorldImagesOptions): Promise<{ images: CaptionedImages; description: Record<string, unknown> }> {
  const scenes = await generatorScenes({ concepts, count: SCENES, seed, size, pose });
  const fitting = sentencesByScene(concepts, sentences);
  const byName = new Map(concepts.map((concept) => [concept.name, concept]));
  const draw = (stream: Rng) => {
    const index = stream.child('index').int(SCENES);
    const spec = scenes.spec(index);
    const shown = spec.objects.flatMap(({ concept }) => byName.get(concept) ?? []);
    const facts = sceneFacts(spec, shown);
    const written = fitting.get(`${facts.objects[0].concept}/${facts.background}`) ?? [];
    const words = stream.child('caption');
    const caption =
      written.length > 0 && words.bernoulli(sentenceFraction) ? words.choice(written) : templateCaption(words, facts);
    return { image: scenes.render(index).image, caption };
  };
  const options: WorldImagesOptions = { concepts, sentences, sentenceFraction, size, pose, seed };
  const images = Object.assign(draw, { opener: { module: import.meta.url, name: 'openWorldImages', options } });
  const used = new Set([...fitting.values()].flat());
  const description = {
    pictures: {
      concepts: concepts.map((concept) => concept.name),
      families: GENERATOR_FAMILIES,
      backgrounds: BACKGROUNDS.length,
      pose,
      size,
      seed,
    },
    captions: { sentences: used.size, sentenceFraction: used.size > 0 ? sentenceFraction : 0 },
  };
  return { images, description };
}

/** What a worker thread opens: the images of `worldImages`. */
export async function openWorldImages(options: WorldImagesOptions): Promise<CaptionedImages> {
  return (await worldImages(options)).images;
}

/** Sentences by `concept/background`: those that name both, and those that name the concept and no place. */
function sentencesByScene(
  concepts: readonly WorldConcept[],
  sentences: readonly ConceptSentence[],
): Map<string, string[]> {
  const known = new Map(concepts.map(({ name }) => [name, naming([name])]));
  const byScene = new Map<string, string[]>();
  for (const { caption, concept } of sentences) {
    const text = spaced(caption);
    if (!known.get(concept)?.test(text)) continue;
    const named = placesIn(caption);
    if (named.length > 1) continue;
    for (const name of named.length === 1 ? named : BACKGROUNDS.map((background) => background.name)) {
      const key = `${concept}/${name}`;
      const those = byScene.get(key);
      if (those) those.push(caption);
      else byScene.set(key, [caption]);
    }
  }
  return byScene;
}

const PLACES = BACKGROUNDS.map(({ name, words }) => ({ name, pattern: naming([name, ...words]) }));

/** The backgrounds of the world that a text names, by their names or by words of theirs. */
export function placesIn(text: string): string[] {
  const words = spaced(text);
  return PLACES.filter(({ pattern }) => pattern.test(words)).map(({ name }) => name);
}

/** The words of a text between single blanks, one before and one behind it: what `naming` searches. */
function spaced(text: string): string {
  return ` ${wordsOf(text).join(' ')} `;
}

/** Finds the words of one of these names one after the other; the last may be a plural. */
function naming(names: readonly string[]): RegExp {
  return new RegExp(` (?:${names.map((name) => wordsOf(name).join(' ')).join('|')})(?:s|es)? `);
}

/**
 * A tokenizer that knows every word of the world's names, places and templates, and the frequent ones of a corpus.
 * @param base the tokenizer of a run that goes on with more captions: its tokens keep their ids
 */
export function worldTokenizer({
  concepts,
  base,
  corpus,
  size = 768,
}: {
  concepts: readonly WorldConcept[];
  base?: TokenizerJson;
  corpus?: readonly string[];
  size?: number;
}): TokenizerJson {
  const names = concepts.flatMap((concept) => [concept.name, concept.category]);
  const places = BACKGROUNDS.flatMap(({ name, words, phrases }) => [name, ...words, ...phrases]);
  return buildTokenizer({ required: [...names, ...places, ...templateTexts(concepts)], base, corpus, size });
}

/** Enough captions to hold every word that the templates add. */
function templateTexts(concepts: readonly WorldConcept[]): string[] {
  const concept = concepts[0];
  return Array.from({ length: 300 }, (_, i) =>
    templateCaption(rng(0, 'template words', i), {
      background: BACKGROUNDS[i % BACKGROUNDS.length].name,
      objects: [
        {
          concept: concept.name,
          category: concept.category,
          family: GENERATOR_FAMILIES[0],
          pose: { x: 0.5, y: 0.5, scale: 0.8, angle: 0, flip: false },
        },
      ],
    }),
  );
}
