import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { InputError } from '../../lib/errors.js';
import { type NumberRule, parseNumber } from '../../lib/runs/numbers.js';

const parse = (text: string, rule: NumberRule = {}, example?: number) =>
  parseNumber(text, { where: '--some', rule, example });

describe('parseNumber', () => {
  it.each([
    ['7', 7],
    ['-2.5', -2.5],
    ['+3', 3],
    ['.5', 0.5],
    ['5.', 5],
    ['1e3', 1000],
    ['2.5E-1', 0.25],
    ['007', 7],
  ])('reads %s', (text, value) => {
    expect(parse(text)).toBe(value);
  });

  it.each(
    [
      '7,5',
      '1e',
      '1e+',
      'abc',
      '',
      ' ',
      ' 1',
      '1 ',
      '0x10',
      '0b1',
      'NaN',
      'Infinity',
      '1e999',
      '1_000',
      '1.2.3',
      '٣',
    ].map((text) => [text]),
  )('refuses "%s"', (text) => {
    expect(() => parse(text)).toThrow(InputError);
  });

  it('reads every finite number as JavaScript writes it', () => {
    fc.assert(
      fc.property(fc.double({ noNaN: true, noDefaultInfinity: true }), (value) => {
        expect(parse(String(value))).toBe(value + 0); // −0 is written 0
      }),
    );
  });

  it.each<[string, NumberRule, RegExp]>([
    ['2.5', { whole: true }, /expected: a whole number\n/],
    ['1e16', { whole: true }, /a whole number/],
    ['0', { whole: true, least: 1, most: 8 }, /a whole number from 1 to 8/],
    ['9', { whole: true, least: 1, most: 8 }, /from 1 to 8/],
    ['0', { above: 0, most: 1 }, /a number above 0, at most 1/],
    ['1', { least: 0, below: 1 }, /a number from 0 on, below 1/],
    ['100', { whole: true, multipleOf: 64 }, /a multiple of 64/],
  ])('refuses %s where it breaks the rule', (text, rule, message) => {
    expect(() => parse(text, rule)).toThrow(message);
  });

  it('says option, rule, what was found and what would do, and how a decimal is written', () => {
    const rule = { least: 0, most: 100 };
    const { where, expected, found, fix } = errorOf(() =>
      parseNumber('7,5', { where: '--guidance', rule, example: 2.5 }),
    );
    expect([where, expected, found]).toEqual(['--guidance', 'a number from 0 to 100', '7,5']);
    expect(fix).toBe('write a point for the comma, 7.5, or give a number in this range, e.g. 2.5');
    expect(errorOf(() => parse('')).found).toBe('an empty text');
  });
});

function errorOf(work: () => unknown): InputError {
  try {
    work();
  } catch (error) {
    return error as InputError;
  }
  throw new Error('nothing was refused');
}
