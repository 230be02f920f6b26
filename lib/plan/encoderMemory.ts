import type { EncoderConfig } from '../synclr/config.js';
import type { ContrastiveHead } from '../synclr/heads.js';
import { maskSizes } from '../synclr/masking.js';
import { type VitConfig, vitParameterCount } from '../synclr/vit.js';

/** Parameters of an MLP of linear layers with norms between them, as `initProjector` makes it. */
function headCount({ norm }: ContrastiveHead, ...widths: number[]): number {
  const inner = widths.slice(1, -1).reduce((sum, width) => sum + width, 0);
  const products = widths.slice(1).reduce((sum, to, i) => sum + widths[i] * to, 0);
  return products + (norm === 'ln' ? 3 : 2) * inner;
}

/** Parameters of the student and of its teacher, of the objectives `synclr` and `stablerep`. */
export function parametersOf(config: EncoderConfig): { student: number; teacher: number } {
  const { model, head, objective, ibot } = config;
  const shared = vitParameterCount(model) + headCount(head, model.width, head.hidden, head.hidden, head.output);
  if (objective !== 'synclr') return { student: shared, teacher: 0 };
  const predictor = headCount(head, head.output, head.hidden, head.output);
  if (!ibot) return { student: shared + predictor, teacher: shared };
  const { hidden, bottleneck, prototypes } = ibot.head;
  const masks =
    (model.width + 1) * hidden + (hidden + 1) * hidden + (hidden + 1) * bottleneck + (bottleneck + 1) * prototypes;
  return { student: shared + predictor + masks + model.width, teacher: shared + masks };
}

/**
 * Numbers of a block that its backward pass needs, a token: both norms, queries, keys and values, the weighted sum, both
 * residuals, and four widths before and after GELU; and the softmax of every pair of tokens.
 */
function keptOf({ width, depth, heads, patch }: VitConfig, side: number): number {
  const tokens = (side / patch) ** 2 + 1;
  return depth * (16 * width * tokens + heads * tokens ** 2);
}

/** Of a masked token, all its prototypes so many times: logits of both networks, target and gradient. */
const PROTOTYPE_COPIES = 4;

/** Bytes that a training step in float32 holds on each of so many devices, blocks not computed again. */
export function bytesOfTraining(config: EncoderConfig, devices: number): number {
  const { student, teacher } = parametersOf(config);
  const { model, crops, captions, imagesPerCaption, objective, ibot } = config;
  const all = captions * imagesPerCaption;
  const locals = objective === 'synclr' && crops.locals > 0 ? crops.locals * keptOf(model, crops.local.size) : 0;
  const masked = maskSizes({ captions, imagesPerCaption, model, ibot: objective === 'synclr' ? ibot : null });
  const prototypes = (masked.images * masked.patches * (ibot?.head.prototypes ?? 0) * PROTOTYPE_COPIES) / all;
  const image = 4 * (keptOf(model, model.image) + locals + prototypes);
  const state = 4 * (2 * student + (2 * student + teacher) / devices);
  return state + Math.ceil(all / devices) * image;
}

/** Bytes of a checkpoint: student, both moments, teacher. */
export function bytesOfCheckpoint(config: EncoderConfig): number {
  const { student, teacher } = parametersOf(config);
  return 4 * (3 * student + teacher);
}
