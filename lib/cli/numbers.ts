import { Option } from 'commander';
import { InputError } from '../errors.js';
import { availableCores } from '../runs/cores.js';
import { type NumberRule, parseNumber, ruleInWords } from '../runs/numbers.js';

// Rules that options of several commands share.

/** How many of something. */
export const COUNT: NumberRule = { whole: true, least: 1, most: 1e9 };
/** The same, where none is a choice too. */
export const COUNT_OR_NONE: NumberRule = { ...COUNT, least: 0 };
/** What is held at once: in a batch, or of every caption. */
export const BATCH: NumberRule = { ...COUNT, most: 65_536 };
/** Scenes are drawn up one by one before the first is shown. */
export const SCENES: NumberRule = { ...COUNT, most: 1e6 };
export const SEED: NumberRule = { whole: true, least: 0, most: 2 ** 32 - 1 };
/** Side of a picture. */
export const PIXELS: NumberRule = { whole: true, least: 1, most: 16_384 };
export const SHARE: NumberRule = { above: 0, most: 1 };
/** Of classifier-free guidance: 0 is the unconditional picture. */
export const GUIDANCE: NumberRule = { least: 0, most: 100 };
/** Of denoising; a model says how many it takes at most. */
export const DENOISING_STEPS: NumberRule = { whole: true, least: 1, most: 10_000 };
export const RATE: NumberRule = { above: 0, most: 10 };
/** Node's timers take no more than 24 days: a longer one would end at once. */
export const MINUTES: NumberRule = { least: 0, most: 34_560 };
/** Processes and threads that compute; see `atMostCores`. */
export const THREADS: NumberRule = { whole: true, least: 1, most: 1024 };
/** Threads that prepare batches; with 0 the one that computes does it. */
export const WORKERS: NumberRule = { ...THREADS, least: 0 };

interface Choices<T> {
  /** where the option is left out */
  fallback?: T;
  /** a value that would do, for the advice */
  example?: number;
}

/** An option that takes one number. Every numeric option of every command is made here or by `numbersOption`. */
export function numberOption(
  flags: string,
  description: string,
  rule: NumberRule,
  { fallback, example = fallback }: Choices<number> = {},
): Option {
  const option: Option = new Option(flags, description).argParser((text) =>
    parseNumber(text, { where: option.long ?? flags, rule, example }),
  );
  return fallback === undefined ? option : option.default(fallback);
}

/** An option that takes numbers by comma; `length` of them, where that is given. */
export function numbersOption(
  flags: string,
  description: string,
  rule: NumberRule,
  { fallback, example = fallback?.[0], length }: Choices<readonly number[]> & { length?: number } = {},
): Option {
  const option: Option = new Option(flags, description).argParser((text) => {
    const where = option.long ?? flags;
    const list = text.split(',').map((part) => parseNumber(part, { where, rule, example }));
    if (length === undefined || list.length === length) return list;
    const found = `${list.length}: ${text}`;
    throw new InputError({
      where,
      expected: `${length} of them by comma, each ${ruleInWords(rule)}`,
      found,
      fix: `e.g. ${where} ${fallback}`,
    });
  });
  return fallback === undefined ? option : option.default(fallback);
}

/** Processes or threads that an option asks for, no more than there are cores; says so where that is fewer. */
export function atMostCores(option: string, asked: number, cores = availableCores()): number {
  if (asked <= cores) return asked;
  process.stderr.write(
    `${option} ${asked} is taken as ${cores}, the cores there are: more would wait for each other\n`,
  );
  return cores;
}
