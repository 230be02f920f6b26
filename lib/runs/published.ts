import { z } from 'zod';
import { InputError } from '../errors.js';
import { readJson } from './files.js';
import { projectPath } from './paths.js';

const percent = z.number().min(0).max(100);
const scaling = z.object({
  x_ticks: z.array(z.number()),
  'ViT-B/16': z.record(z.string(), percent),
  'ViT-L/14': z.record(z.string(), percent),
});
const grid = <Row extends z.ZodType>(row: Row) => z.object({ columns: z.array(z.string()), rows: z.array(row) });
const namedRows = <Values extends z.ZodType>(values: Values) =>
  z.object({ columns: z.array(z.string()), rows: z.record(z.string(), values) });
const flag = z.union([z.literal(0), z.literal(1)]);

const publishedSchema = z.object({
  /** ImageNet linear top-1 of the three ways of learning. */
  figure1: z.object({ CLIP: percent, StableRep: percent, SynCLR: percent }),
  figure5: z.object({
    measured_foreground_fraction: z.record(
      z.string(),
      z.object({ DINOv2: z.array(z.number()), SynCLR: z.array(z.number()) }),
    ),
  }),
  /** ImageNet linear top-1 by millions of captions; read from the vector paths of the plot. */
  figure6: scaling,
  /** Mean of nine fine-grained sets by millions of captions; read from the vector paths of the plot. */
  figure7: scaling,
  /** [StableRep IN, StableRep mean of nine, SynCLR IN, SynCLR mean of nine] by caption set. */
  table2: namedRows(z.tuple([percent, percent, percent, percent])),
  /** ImageNet top-1 by guidance scale. */
  table3: z.object({ cfg: z.record(z.string(), percent) }),
  /** [name, EMA, iBOT, multi-crop, IN, mean of nine, ADE20k] */
  table4: grid(z.tuple([z.string(), flag, flag, flag, percent, percent, percent.nullable()])),
  /** [IN, mean of nine] by objective. */
  table5: namedRows(z.tuple([percent, percent])),
  /** [method, text, img, #imgs, model, ImageNet, nine sets, average] */
  table6: grid(z.tuple([z.string(), z.string(), z.string(), z.string(), z.string()], percent)),
  /** [method, data, distilled, ViT-B, ViT-L] mIoU */
  table7: grid(z.tuple([z.string(), z.string(), flag, percent.nullable(), percent.nullable()])),
  /** [method, data, ViT-B, ViT-L] top-1 */
  table8: grid(z.tuple([z.string(), z.string(), percent.nullable(), percent.nullable()])),
  /** [method, model, six sets, average] */
  table9: grid(z.tuple([z.string(), z.string()], percent)),
  /** [captions, SynCLR IN, SynCLR mean of nine, CLIP IN, CLIP mean of nine] */
  table10: z.object({
    columns: z.array(z.string()),
    rows: z.array(z.tuple([z.string(), percent, percent, percent, percent])),
    clip_zero_shot_IN_on_SynCaps: percent,
  }),
  /** Of StableRep's paper, second-hand: ImageNet linear top-1 by images per caption; several values where sources differ. */
  stablerep: z.object({
    secondary: z.object({
      'images per caption l (fixed budget)': z.object({ '1': z.array(percent).min(1), '8': z.array(percent).min(1) }),
    }),
  }),
});

/** The paper's numbers, in percent, as printed (or decoded from its plots). */
export type PaperNumbers = z.infer<typeof publishedSchema>;

/** Reads `paper-repro/published.json` and checks the parts that figures and tables use. */
export function paperNumbers(file = projectPath('paper-repro', 'published.json')): PaperNumbers {
  const parsed = publishedSchema.safeParse(readJson(file));
  if (parsed.success) return parsed.data;
  throw new InputError({
    where: file,
    expected: "the paper's numbers",
    found: z.prettifyError(parsed.error),
    fix: 'restore the file from the repository; these are published facts, not settings',
  });
}
