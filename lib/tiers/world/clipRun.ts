import { existsSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { withEndToken } from '../../diffusion/endToken.js';
import { openFolderTokenizer, tokenizerFiles } from '../../diffusion/folderTokenizer.js';
import type { ImageSet } from '../../diffusion/imageSet.js';
import { buildTokenizer } from '../../diffusion/tokenizer.js';
import { InputError } from '../../errors.js';
import type { ExtractFeatures } from '../../evaluate/features.js';
import type { EmbedTexts } from '../../evaluate/zeroShot.js';
import { normalisations } from '../../pictures/normalise.js';
import { writeJson, writeWhole } from '../../runs/files.js';
import { readEncoder } from '../../synclr/checkpoint.js';
import { openClipEncoder, openTextEncoder } from '../../synclr/clipEmbeddings.js';
import type { EncoderConfig } from '../../synclr/config.js';
import type { CaptionWords } from './imageSource.js';

const folderOf = (run: string) => path.join(run, 'tokenizer');

/**
 * Puts the tokenizer of a CLIP run into its folder, if none is there, and fits the vocabulary of its text tower to it.
 *
 * @param from a folder with a tokenizer whose last token ends a text (CLIP's); by default one is made of the words of the
 *   captions and of the names of their concepts, as many as the config's vocabulary holds
 */
export function prepareTokenizer(
  run: string,
  config: EncoderConfig,
  { captions }: Pick<ImageSet, 'captions'>,
  { from }: { from?: string } = {},
): { config: EncoderConfig; words: CaptionWords } {
  const { text } = clipOf(config, run);
  const folder = folderOf(run);
  if (!existsSync(path.join(folder, 'tokenizer_config.json'))) {
    if (from) copyTokenizer(from, folder);
    else writeTokenizer(folder, captions, text);
  }
  const vocabulary = openFolderTokenizer(folder, { maxTokens: text.context }).vocabularySize;
  return {
    config: { ...config, clip: { ...clipOf(config, run), text: { ...text, vocabulary } } },
    words: { tokenizer: folder, context: text.context },
  };
}

function writeTokenizer(
  folder: string,
  captions: ImageSet['captions'],
  { context, vocabulary }: { context: number; vocabulary: number },
): void {
  const names = captions.flatMap(({ concept, background }) => [concept, background].map((name) => String(name ?? '')));
  const words = buildTokenizer({
    required: [...new Set(names)],
    corpus: captions.map(({ text }) => text),
    size: vocabulary - 1,
  });
  writeJson(path.join(folder, 'tokenizer.json'), withEndToken(words));
  const config = { pad_token: '[PAD]', unk_token: '[UNK]', model_max_length: context };
  writeJson(path.join(folder, 'tokenizer_config.json'), config);
}

function copyTokenizer(from: string, folder: string): void {
  // The settings come last: without them, the folder counts as empty.
  for (const name of tokenizerFiles(from)) {
    const source = path.join(from, name);
    if (!existsSync(source)) {
      const fix = 'give a folder with tokenizer.json (or vocab.json and merges.txt) and tokenizer_config.json';
      throw new InputError({ where: from, expected: `${name} of a tokenizer`, found: 'no such file', fix });
    }
    writeWhole(path.join(folder, name), readFileSync(source));
  }
}

/** Both towers of a finished CLIP run. */
export interface ClipRun {
  /** Texts to unit embeddings, for `zeroShotClassifier`. */
  embedTexts: EmbedTexts;
  /** Pictures to unit embeddings in the same space, for `extractFeatures`. */
  embedImages: ExtractFeatures;
  release(): Promise<void>;
}

/** Opens a run folder of the objective `clip`. @throws InputError for one of another objective */
export async function openClipRun(run: string): Promise<ClipRun> {
  const { student, clip, model, config } = readEncoder(run);
  const settings = clipOf(config, run);
  const tokenizer = openFolderTokenizer(folderOf(run), { maxTokens: settings.text.context });
  const texts = await openTextEncoder(clip ?? {}, settings);
  const normalisation = normalisations[config.normalisation];
  const images = await openClipEncoder({ student, clip: clip ?? {} }, model, { normalisation });
  return {
    embedTexts: (given) => texts.encode(given.map((text) => tokenizer.encode(text).ids)),
    embedImages: (given) => images.encode(given),
    async release() {
      await texts.release();
      await images.release();
    },
  };
}

function clipOf({ clip, objective }: EncoderConfig, where: string) {
  if (clip) return clip;
  const fix = 'train with --objective clip';
  throw new InputError({ where, expected: 'a run of the objective clip', found: objective, fix });
}
