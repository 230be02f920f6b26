import type { TextToImage } from '../../diffusion/textToImage.js';
import type { Judge } from '../../evaluate/judge/judgeOf.js';
import { openJudge } from '../../evaluate/judge/openJudge.js';
import { rng } from '../../random/rng.js';
import { projectPath } from '../../runs/paths.js';
import { promptCaptions } from '../world/images.js';
import { type Tier, tierSettings } from '../world/settings.js';

/** Where the measures of the laptop tier's generator are: what `synclr measure-generator` wrote with its defaults. */
export const GENERATOR_MEASURES = projectPath('paper-repro', 'results', 'laptop', 'generator-measures.json');

/** The judge of a tier's pictures, or null where they are not of the size that it knows. */
export async function openTierJudge(tier: Tier): Promise<Judge | null> {
  const judge = await openJudge();
  if (judge.size === tierSettings(tier).size) return judge;
  await judge.release();
  return null;
}

export interface JudgedSample {
  caption: string;
  concept: string;
  /** [size, size, 3] */
  image: Uint8Array;
  /** what the judge took it for, 'none of these' among the answers; null without a judge */
  said: string | null;
}

/** Pictures of `count` of the tier's captions, drawn at random and none left out, with what the judge says of each. */
export async function judgedSamples(
  pipeline: TextToImage,
  judge: Judge | null,
  { tier, count = 100, guidance, seed = 0 }: { tier: Tier; count?: number; guidance: number; seed?: number },
): Promise<JudgedSample[]> {
  const prompts = rng(seed, 'judged samples').sample(promptCaptions(tier), count);
  const { samplingSteps: steps } = tierSettings(tier);
  const made = await pipeline.generate({ prompts, imagesPerPrompt: 1, guidance, steps, seed });
  const images = made.map(({ image }) => image);
  const said = judge ? await answers(judge, images) : [];
  return prompts.map(({ text, concept }, i) => ({
    caption: text,
    concept: String(concept),
    image: images[i],
    said: said[i] ?? null,
  }));
}

async function answers(judge: Judge, images: readonly Uint8Array[]): Promise<string[]> {
  const { concepts, count } = await judge.judge(images);
  const names = [...judge.concepts, 'none of these'];
  return Array.from({ length: count }, (_, i) => {
    const row = concepts.subarray(i * names.length, (i + 1) * names.length);
    return names[row.indexOf(Math.max(...row))];
  });
}

/** A sample's line on a page: its caption, and the judge's answer where it is another concept. */
export function sampleLabel({ caption, concept, said }: JudgedSample): string {
  return said === null || said === concept ? caption : `✗ ${caption} (judged: ${said})`;
}
