import { z } from 'zod';
import { InputError } from '../errors.js';
import { projectPath } from '../runs/paths.js';
import { readTextFile } from '../runs/textFile.js';
import { IN_CONTEXT_BANKS, type InContextBank, type InContextExample } from './templates.js';

export type InContextBanks = Readonly<Record<InContextBank, readonly InContextExample[]>>;

/** A prompt shows three distinct examples of one bank (paper §3.1). */
export const EXAMPLES_PER_PROMPT = 3;

const line = z
  .string()
  .min(1)
  .regex(/^[^\n]+$/, 'must be one line');
const bank = z.array(z.object({ key: line, sentence: line })).min(EXAMPLES_PER_PROMPT);
const banksFile = z.object({
  origin: z.string(),
  licence: z.string(),
  banks: z.object({ object: bank, place: bank, texture: bank, background: bank, relation: bank }),
});

/**
 * The in-context banks: 52 object, 33 place, 21 texture, 50 background and 20 relation examples (Tables 16–18 list
 * their keys; the sentences are ours, see data/captions/README.md). A file of your own in the same form may be named.
 *
 * @throws InputError if the file is not of that form, or a bank has a key twice
 */
export function inContextBanks(file = projectPath('data', 'captions', 'examples.json')): InContextBanks {
  const problem = (found: string): InputError =>
    new InputError({
      where: `in-context examples ${file}`,
      expected: `JSON { origin, licence, banks: { ${IN_CONTEXT_BANKS.join(', ')} } }, each bank at least ${EXAMPLES_PER_PROMPT} distinct { key, sentence }`,
      found,
      fix: 'compare it with data/captions/examples.json',
    });
  let json: unknown;
  try {
    json = JSON.parse(readTextFile(file));
  } catch (error) {
    if (error instanceof InputError) throw error;
    throw problem((error as Error).message);
  }
  const parsed = banksFile.safeParse(json);
  if (!parsed.success) {
    const [issue] = parsed.error.issues;
    throw problem(`${issue.path.join('.')}: ${issue.message}`);
  }
  for (const name of IN_CONTEXT_BANKS) {
    const seen = new Set<string>();
    for (const { key } of parsed.data.banks[name]) {
      if (seen.has(key)) throw problem(`the key "${key}" twice in bank ${name}`);
      seen.add(key);
    }
  }
  return parsed.data.banks;
}
