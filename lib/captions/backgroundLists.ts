import { existsSync } from 'node:fs';
import path from 'node:path';
import { InputError } from '../errors.js';
import { rng } from '../random/rng.js';
import { sha256, writeJson } from '../runs/files.js';
import { inRunFile } from '../runs/runFolder.js';
import { openAppendLog } from './appendLog.js';
import { completeAll } from './completeAll.js';
import { type Decoding, PAPER_DECODING, type TextCompleter } from './completer.js';
import { identifyGguf } from './gguf.js';
import { type LlamaOptions, openLlama } from './llm.js';
import { refuseOtherConfig } from './log.js';
import type { CaptionConcept } from './mixture.js';
import { wordsOf } from './names.js';
import type { InContextExample } from './templates.js';

/** The language model sees all of them, in an order of its own for each question. */
const EXAMPLES: readonly InContextExample[] = [
  {
    key: 'lighthouse',
    sentence: 'rocky coast, stormy sea, sandy cape, harbor entrance, cliff top, small island, foggy bay, sunset sky.',
  },
  {
    key: 'violin',
    sentence:
      "concert hall, music shop, teacher's living room, street corner, velvet case, orchestra pit, wooden chair.",
  },
  {
    key: 'hedgehog',
    sentence: 'autumn leaves, garden lawn, hedge, forest floor, compost heap, quiet road at night, flower bed.',
  },
  {
    key: 'pancake',
    sentence: 'breakfast table, frying pan, diner counter, picnic blanket, kitchen stove, hotel buffet, campfire.',
  },
  {
    key: 'forklift',
    sentence: 'warehouse, loading dock, lumber yard, factory floor, port terminal, building site, cold store.',
  },
  { key: 'kite', sentence: 'windy beach, blue sky, meadow, park, hill top, school yard, festival crowd.' },
];

const INSTRUCTION = 'Places where each thing is often seen, different ones:';

export interface BackgroundListsOptions extends LlamaOptions {
  /** Concepts; those that have backgrounds keep them, and nothing is asked about them. */
  concepts: readonly (string | CaptionConcept)[];
  /** Path of the language model. */
  gguf: string;
  /** The lists: JSON that `readConceptList` reads. What the model said is kept beside it, in `out.log`. */
  out: string;
  /** At most this many backgrounds a concept, those first that more answers name; 100 (paper §3.1). */
  size?: number;
  /** Answers for each concept. */
  rounds?: number;
  seed?: number;
  decoding?: Decoding;
  signal?: AbortSignal;
  /** Called at the start and after each concept, with concepts done and wanted. */
  onProgress?: (done: number, count: number, concept?: string) => void;
  /** Called when the model is loaded; not at all if nothing is left to do. */
  onOpen?: (completer: TextCompleter) => void;
  /** Stands in for llama.cpp (tests). */
  open?: (options: LlamaOptions & { gguf: string; decoding: Decoding }) => Promise<TextCompleter>;
}

/**
 * Backgrounds for each concept of any list, as GPT-4 made them for the paper's (paper §3.1), made by a language model of your
 * own. Answers are a function of (seed, concept): they are kept in `out.log` as they come, a stopped run goes on, and a
 * longer list of concepts only asks about the new ones.
 *
 * @returns the concepts with their backgrounds, lower-cased; without any if no answer held one
 * @throws InputError on an empty list, a wrong model file, a full disk, if `out.log` was begun with another config, if `out` is
 *   a file of something else, or if another process works on it
 */
export async function synthesiseBackgroundLists(options: BackgroundListsOptions): Promise<CaptionConcept[]> {
  return inRunFile(options.out, () => askForLists(options));
}

async function askForLists({
  concepts,
  gguf,
  out,
  size = 100,
  rounds = 6,
  seed = 0,
  decoding = PAPER_DECODING,
  signal,
  onProgress,
  onOpen,
  open = openLlama,
  ...llama
}: BackgroundListsOptions): Promise<CaptionConcept[]> {
  const wanted = concepts.map((concept): CaptionConcept => (typeof concept === 'string' ? { name: concept } : concept));
  if (wanted.length === 0) {
    throw new InputError({
      where: 'synthesiseBackgroundLists: concepts',
      expected: 'one concept at least',
      found: 'an empty list',
      fix: 'name the concepts',
    });
  }
  if (existsSync(out) && !existsSync(`${out}.log`)) {
    throw new InputError({
      where: out,
      expected: 'a new file, or lists that an earlier run wrote',
      found: `a file without its ${path.basename(out)}.log, which would be overwritten`,
      fix: 'choose another file',
    });
  }
  const model = await identifyGguf(gguf);
  const examples = sha256(JSON.stringify([INSTRUCTION, EXAMPLES]));
  const { log, answers } = openAnswers(`${out}.log`, { seed, rounds, examples, decoding, model });
  const names = [...new Set(wanted.filter(({ backgrounds }) => !backgrounds?.length).map(({ name }) => name))];
  const todo = names.filter((name) => !answers.has(name));
  let done = names.length - todo.length;
  onProgress?.(done, names.length);
  try {
    if (todo.length > 0) {
      await completeAll({
        queue: todo.values(),
        signal,
        open: async () => {
          const completer = await open({ gguf, decoding, ...llama });
          onOpen?.(completer);
          return completer;
        },
        work: async (concept, completer, stop) => {
          const said: string[] = [];
          for (let round = 0; round < rounds; round++) {
            const question = drawQuestion(concept, { seed, round });
            said.push(await completer.complete(question.text, { seed: question.seed, signal: stop }));
          }
          log.append(JSON.stringify({ concept, said }));
          answers.set(concept, said);
          onProgress?.(++done, names.length, concept);
        },
      });
    }
  } finally {
    log.close();
  }
  const lists = wanted.map(({ name, backgrounds }): CaptionConcept => {
    const list = backgrounds?.length ? backgrounds : rankBackgrounds(name, answers.get(name) ?? []).slice(0, size);
    return list.length > 0 ? { name, backgrounds: list } : { name };
  });
  writeJson(out, lists);
  return lists;
}

/** Question `round` about a concept: a function of (seed, concept, round). A concept is no example for itself. */
function drawQuestion(
  concept: string,
  { seed, round }: { seed: number; round: number },
): { text: string; seed: number } {
  const stream = rng(seed, 'backgrounds', concept, round);
  const examples = stream.child('examples').shuffle(EXAMPLES.filter(({ key }) => key !== concept));
  const lines = [INSTRUCTION, ...examples.map(({ key, sentence }) => `${key} => ${sentence}`), `${concept} =>`];
  return { text: lines.join('\n\n'), seed: stream.child('decode').int(2 ** 31) };
}

/**
 * The backgrounds that answers name, lower-cased, once each: those first that more answers name, then those named
 * earlier. Not the concept itself, nothing of more than five words, nothing without a letter. What comes after the
 * last comma only counts if a full stop ends it: it may have been cut off.
 */
export function rankBackgrounds(concept: string, answers: readonly string[]): string[] {
  const votes = new Map<string, number>();
  for (const answer of answers) {
    const line = answer.split('\n', 1)[0].trim().toLowerCase();
    const items = line.replace(/\.$/, '').split(/[,;]/);
    if (!line.endsWith('.')) items.pop();
    for (const name of new Set(items.map((item) => item.trim()))) {
      if (isBackground(name, concept)) votes.set(name, (votes.get(name) ?? 0) + 1);
    }
  }
  // Stable: equal counts stay in the order of their first mention.
  return [...votes].sort(([, a], [, b]) => b - a).map(([name]) => name);
}

function isBackground(name: string, concept: string): boolean {
  const words = wordsOf(name);
  const own = wordsOf(concept).join(' ');
  return (
    /^\p{L}[\p{L}\p{N} '’-]*$/u.test(name) &&
    words.length <= 5 &&
    ![own, `${own}s`, `${own}es`].includes(words.join(' '))
  );
}

/** The log of what was said: a header, then `{"concept":…,"said":[…]}` a line. */
function openAnswers(
  file: string,
  config: Readonly<Record<string, unknown>>,
): { log: ReturnType<typeof openAppendLog>; answers: Map<string, string[]> } {
  const answers = new Map<string, string[]>();
  const log = openAppendLog(file, {
    header: JSON.stringify({ backgroundLog: 1, config }),
    take: (line, number) => {
      const value = parse(line);
      if (number === 1 && value?.backgroundLog === 1) refuseOtherConfig(file, value.config as typeof config, config);
      else if (number > 1 && typeof value?.concept === 'string' && Array.isArray(value.said))
        answers.set(value.concept, value.said);
      else {
        throw new InputError({
          where: `${file}, line ${number}`,
          expected: 'the log of an earlier run',
          found: line.slice(0, 80),
          fix: 'name another output, or remove the log to ask again',
        });
      }
    },
  });
  return { log, answers };
}

function parse(line: string): Record<string, unknown> | undefined {
  try {
    return (JSON.parse(line) ?? undefined) as Record<string, unknown> | undefined;
  } catch {
    return undefined;
  }
}
