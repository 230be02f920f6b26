import { expect, it } from 'vitest';
import { withEndToken } from '../../lib/diffusion/endToken.js';
import { buildTokenizer, openTokenizer } from '../../lib/diffusion/tokenizer.js';

const plain = buildTokenizer({ required: ['a red apple on the beach'] });
const json = withEndToken(plain);
const last = Object.keys(plain.model.vocab).length;

it('every text ends with the last token, before the padding, also where it was cut; words keep their tokens', () => {
  const [before, after] = [plain, json].map((one) => openTokenizer(one, { maxTokens: 6 }));
  expect([after.vocabularySize, json.model.vocab['[END]']]).toEqual([last + 1, last]);
  for (const [text, words] of [
    ['a RED apple', 3],
    ['zebras on the beach', 4],
    ['a red apple on the beach', 5],
    ['', 0],
  ] as const) {
    const { ids, unknown } = after.encode(text);
    expect([...ids]).toEqual([...before.encode(text).ids.slice(0, words), last, ...new Array(5 - words).fill(0)]);
    expect(unknown).toBe(text.startsWith('zebra') ? 1 : 0);
  }
  expect(after.encode('a red apple on the beach').truncated).toBe(1);
});
