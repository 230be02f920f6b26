import { describe, expect, it } from 'vitest';
import { clipTokenizerJson } from '../../lib/diffusion/clipTokenizer.js';
import { isSafePattern } from '../../lib/diffusion/safePattern.js';

describe('isSafePattern', () => {
  it.each([
    "'s|'t|'re|'ve|'m|'ll|'d|[\\p{L}]+|[\\p{N}]|[^\\s\\p{L}\\p{N}]+", // CLIP
    "'s|'t|'re|'ve|'m|'ll|'d| ?\\p{L}+| ?\\p{N}+| ?[^\\s\\p{L}\\p{N}]+|\\s+(?!\\S)|\\s+", // GPT-2
    "(?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\\r\\n\\p{L}\\p{N}]?\\p{L}+|\\p{N}{1,3}| ?[^\\s\\p{L}\\p{N}]+[\\r\\n]*|\\s*[\\r\\n]+|\\s+(?!\\S)|\\s+",
    ' {2,}', // T5
    '[^\\p{L}\\p{N}]+', // ours
    '(abc)+[+*()|]\\(+',
    '[]a]+(b)?',
  ])('takes %s', (pattern) => {
    expect(isSafePattern(pattern)).toBe(true);
  });

  it.each([
    '^(a+)+$',
    '(a*)*',
    '(?:a+){2,}',
    '((a+))*',
    '(a|a)*',
    '(a|ab)+$',
    '(x(a+)y)*',
    '([a-z]+\\s?)+',
    '(a{1,})+',
  ])('refuses %s', (pattern) => {
    expect(isSafePattern(pattern)).toBe(false);
  });

  it('takes what we write for CLIP', () => {
    const json = JSON.stringify(clipTokenizerJson({ '<|startoftext|>': 0, '<|endoftext|>': 1 }, 'a b', { where: 'x' }));
    const patterns = [...json.matchAll(/"Regex":("(?:[^"\\]|\\.)*")/g)].map(([, text]) => JSON.parse(text) as string);
    expect(patterns).toHaveLength(2);
    expect(patterns.every(isSafePattern)).toBe(true);
  });
});
