import { existsSync, readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { readJson, sha256 } from '../runs/files.js';
import { projectPath } from '../runs/paths.js';
import type { RunRecord } from '../runs/record.js';
import type { Backbone } from '../synclr/weights/mapBackbone.js';

/**
 * The card of an encoder for others: what it is, how it is loaded, what was measured of it. Numbers are those of the record
 * beside the weights and of the committed evaluations of just this file; where there are none, the card says so.
 *
 * @param from a run's folder, or a file of weights
 */
export function encoderCard(from: string, { config }: Pick<Backbone, 'config'>): string {
  const weights = existsSync(path.join(from, 'encoder.safetensors')) ? path.join(from, 'encoder.safetensors') : from;
  const isOurs = weights.startsWith(projectPath('data', 'models'));
  const record = path.join(path.dirname(weights), 'record.json');
  const training = existsSync(record) ? [trainingLine(readJson<RunRecord>(record))] : [];
  const measured = evaluationsOf(sha256(readFileSync(weights))).flatMap(measures);
  const numbers = measured.map(
    ({ what, value, low, high }) => `| ${what} | ${percent(value)} | ${percent(low)} – ${percent(high)} |`,
  );
  return `---
license: ${isOurs ? 'cc-by-sa-4.0' : 'other'}
library_name: transformers.js
pipeline_tag: image-feature-extraction
tags:
- synclr
- vision
---
# ${path.basename(isOurs ? path.dirname(weights) : weights)}

A vision transformer: ${config.depth} blocks of ${config.width}, ${config.heads} heads, patches of ${config.patch} px, trained at ${config.image} px. Written by \`synclr export-encoder --transformers\`.
${training.map((line) => `\n${line}\n`).join('')}
## Use

\`\`\`js
import { AutoModel, AutoProcessor, env, RawImage } from '@huggingface/transformers';

env.allowRemoteModels = false;
const folder = 'THIS FOLDER';
const processor = await AutoProcessor.from_pretrained(folder);
const model = await AutoModel.from_pretrained(folder, { dtype: 'fp32' }); // or 'q8': matrices stored in 8 bits
const { last_hidden_state } = await model(await processor(await RawImage.read('picture.png')));
\`\`\`

\`last_hidden_state\` is [images, 1 + patches, ${config.width}]: the class token, which is the feature of a picture, then the patches.

## What was measured

${
  numbers.length > 0
    ? `On scenes of emoji whose drawings and backgrounds no training showed, the encoder frozen; 95 % intervals over test images.\n\n| | score | interval |\n| --- | ---: | ---: |\n${numbers.join('\n')}`
    : 'Nothing of this file: `synclr evaluate` judges it.'
}

## Licence

${
  isOurs
    ? 'CC BY-SA 4.0. The pictures that it learned from derive from emoji drawings whose authors are named in the NOTICE of the repository that it comes from.'
    : 'That of the weights it was made from.'
}
`;
}

const percent = (share: number) => `${(100 * share).toFixed(1)} %`;

function trainingLine({ metrics, seconds }: RunRecord): string {
  const { captions, images, steps } = metrics as Record<string, number | undefined>;
  const of = [images && `${images} pictures`, captions && `${captions} captions`].filter(Boolean).join(' of ');
  return `Trained for ${steps} steps${of && ` on ${of}`}, in ${Math.round(seconds / 60)} minutes; the settings are in the record of its training.`;
}

/** The committed evaluations of a file of weights. */
function evaluationsOf(hash: string): RunRecord[] {
  const folder = projectPath('paper-repro', 'results', 'laptop', 'evaluation');
  if (!existsSync(folder)) return [];
  const records = readdirSync(folder).map((name) => readJson<RunRecord>(path.join(folder, name)));
  return records.filter(({ inputs }) => inputs.encoder === hash);
}

interface Measure {
  what: string;
  value: number;
  low: number;
  high: number;
}

interface Accuracy {
  accuracy: number;
  interval: { low: number; high: number };
}

/** Of the probe: its three classifiers on test scenes. */
function measures({ name, metrics }: RunRecord): Measure[] {
  if (!name.endsWith('/probe')) return [];
  const { linear, logistic, knn, counts } = metrics as unknown as Record<'linear' | 'logistic' | 'knn', Accuracy> & {
    counts: { classes: number };
  };
  const of = (what: string, { accuracy, interval }: Accuracy) => ({
    what: `${what}, ${counts.classes} concepts, unseen drawings`,
    value: accuracy,
    ...interval,
  });
  return [of('linear probe', linear), of('logistic regression', logistic), of('nearest neighbours', knn)];
}
