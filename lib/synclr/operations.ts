import type { EncoderConfig } from './config.js';
import { maskSizes } from './masking.js';
import { objectiveOf } from './objectives.js';
import type { VitConfig } from './vit.js';

// Operations of matrix products, two a multiply-add; norms, softmax and averages are not counted.

/** Of a transformer block's forward pass over so many tokens: four projections, an MLP of ratio 4, scores and sums. */
const blockOf = (width: number, tokens: number) => tokens * 24 * width ** 2 + 4 * tokens ** 2 * width;

/** Of its last block where the class token alone is wanted: keys and values of all tokens, all else of one. */
const classBlockOf = (width: number, tokens: number) => tokens * 4 * width ** 2 + 20 * width ** 2 + 4 * tokens * width;

const tokensOf = ({ patch }: VitConfig, side: number) => (side / patch) ** 2 + 1;

/** Of a ViT's blocks for one picture of a side. */
export const forwardOperations = (model: VitConfig, side: number): number =>
  model.depth * blockOf(model.width, tokensOf(model, side));

/** Of the whole ViT, patches included: all tokens, or the class token alone. */
function vitOperations(model: VitConfig, side: number, { classOnly }: { classOnly: boolean }): number {
  const { width, patch, depth } = model;
  const tokens = tokensOf(model, side);
  const last = classOnly ? classBlockOf(width, tokens) : blockOf(width, tokens);
  return (tokens - 1) * 6 * patch ** 2 * width + (depth - 1) * blockOf(width, tokens) + last;
}

/** Of an MLP of linear layers for one row. */
const layersOf = (...widths: number[]) => 2 * widths.slice(1).reduce((sum, to, i) => sum + widths[i] * to, 0);

/**
 * Of Muon on the matrices of a transformer's blocks, whatever the batch: five iterations of three products each
 * (`orthogonalise`), on four squares of the width and on the two matrices of an MLP of ratio 4.
 */
const muonOperations = ({ width, depth }: { width: number; depth: number }) =>
  depth * 5 * (4 * 6 + 2 * (2 * 2 * 4 + 2)) * width ** 3;

/** Of one training step: its batch, and an optimiser that multiplies matrices. */
export function stepOperations(config: EncoderConfig): number {
  if (config.optimiser !== 'muon') return batchOperations(config);
  const text = config.clip ? muonOperations(config.clip.text) : 0;
  return batchOperations(config) + muonOperations(config.model) + text;
}

/**
 * Of one training step on a whole batch: forward and backward of the student (three times its forward pass), forward of the
 * teacher, with the heads, the text tower, and the comparison of all pairs.
 */
function batchOperations(config: EncoderConfig): number {
  const { model, head, crops, captions, imagesPerCaption, objective, clip, classes = 0 } = config;
  const { cropsPerImage, hasTeacher } = objectiveOf(config);
  const images = captions * imagesPerCaption;
  const { width } = model;
  const whole = vitOperations(model, model.image, { classOnly: !hasTeacher });
  const projector = layersOf(width, head.hidden, head.hidden, head.output);
  if (objective === 'synclr') {
    const anchors = 1 + crops.locals;
    const local = crops.locals === 0 ? 0 : vitOperations(model, crops.local.size, { classOnly: true });
    const student = whole + crops.locals * local;
    const heads = anchors * (projector + layersOf(head.output, head.hidden, head.output));
    const pairs = anchors * 2 * images * head.output;
    return images * (3 * (student + heads + pairs) + whole + projector) + 4 * prototypesOf(config);
  }
  const each = whole + (objective === 'supervised' ? layersOf(width, classes) : objective === 'clip' ? 0 : projector);
  const seen = images * cropsPerImage;
  const pairs = objective === 'supervised' ? 0 : seen * 2 * seen * head.output;
  const text = clip
    ? captions *
        (clip.text.depth * blockOf(clip.text.width, clip.text.context) + layersOf(clip.text.width, clip.output)) +
      seen * layersOf(width, clip.output)
    : 0;
  return 3 * (seen * each + pairs + text);
}

/** Of the prototypes of all masked tokens of a batch, once. */
function prototypesOf({ model, ibot, captions, imagesPerCaption }: EncoderConfig): number {
  if (!ibot) return 0;
  const masked = maskSizes({ captions, imagesPerCaption, model, ibot });
  const { hidden, bottleneck, prototypes } = ibot.head;
  return masked.images * masked.patches * layersOf(model.width, hidden, hidden, bottleneck, prototypes);
}
