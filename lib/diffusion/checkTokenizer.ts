import { InputError } from '../errors.js';
import { isSafePattern } from './safePattern.js';

/** More than any published text encoder knows: ids are places in tables, which are as long as the largest. */
const MOST_TOKENS = 2 ** 20;

const KINDS = ['BPE', 'WordPiece', 'Unigram'];

/**
 * Looks over a tokenizer.json before it is opened: ids that would fill the memory, merges of other vocabularies, and
 * expressions that would never end.
 * @throws InputError that names what is wrong
 */
export function checkTokenizer(json: unknown, where: string): void {
  const refuse = (expected: string, found: unknown) => {
    const fix = 'take the tokenizer from the published model again';
    return new InputError({ where, expected, found: String(found), fix });
  };
  if (!isObject(json) || !isObject(json.model)) throw refuse('a tokenizer.json with a model', 'none');
  const { vocab, type } = json.model;
  // Older files do not say it.
  if (type !== undefined && !KINDS.includes(type as string)) throw refuse(`a model of type ${KINDS.join(', ')}`, type);
  const isList = Array.isArray(vocab);
  if (!isList && !isObject(vocab)) throw refuse('a vocabulary', JSON.stringify(vocab));
  const added = Array.isArray(json.added_tokens) ? json.added_tokens : [];
  const ids = [...(isList ? [] : Object.entries(vocab as object)), ...added.map((one) => [one?.content, one?.id])];
  for (const [token, id] of ids) {
    if (Number.isInteger(id) && id >= 0 && id < MOST_TOKENS) continue;
    throw refuse(`ids of tokens from 0, below ${MOST_TOKENS}`, `${JSON.stringify(token)}: ${JSON.stringify(id)}`);
  }
  const wrong = wrongMerge(json.model);
  if (wrong !== undefined) throw refuse('merges of two tokens into a third, all three in the vocabulary', wrong);
  for (const pattern of patternsIn([json.normalizer, json.pre_tokenizer, json.decoder])) {
    if (!isSafePattern(pattern)) throw refuse('expressions that end: no repetition inside a repeated group', pattern);
  }
}

/** The first merge of byte pair encoding that makes none of the tokens; Hugging Face's own reader refuses it, too. */
function wrongMerge({ vocab, merges, continuing_subword_prefix: prefix }: Record<string, unknown>): string | undefined {
  if (merges === undefined || merges === null) return undefined;
  if (!Array.isArray(merges)) return JSON.stringify(merges);
  const known = (token: unknown) => typeof token === 'string' && Object.hasOwn(vocab as object, token);
  const skipped = typeof prefix === 'string' ? prefix.length : 0;
  const at = merges.findIndex((merge: unknown) => {
    const pair = typeof merge === 'string' ? merge.split(' ') : merge;
    if (!Array.isArray(pair) || pair.length !== 2 || !pair.every(known)) return true;
    return !known(pair[0] + pair[1].slice(skipped));
  });
  return at < 0 ? undefined : `merge ${at + 1}: ${JSON.stringify(merges[at])}`;
}

const isObject = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

/** The regular expressions, `{"Regex": …}`, anywhere in a value. */
function* patternsIn(value: unknown): Generator<string> {
  if (typeof value !== 'object' || value === null) return;
  for (const [key, part] of Object.entries(value)) {
    if (key === 'Regex' && typeof part === 'string') yield part;
    else yield* patternsIn(part);
  }
}
