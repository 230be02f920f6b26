import { describe, expect, it } from 'vitest';
import { toNotebook } from '../../lib/notebook/format.js';
import { injectParameters } from '../../lib/notebook/parameters.js';

const notebook = toNotebook(`// %% tags=parameters
const guidance = 2.5; // of the paper
let count: number = total / 2
var on = true;
const name = 'laptop', second = 1;
const tier: Tier = 'laptop';
const list = [1, 2];
const half = 1 / 2;
`);
const set = (name: string, value: unknown) =>
  injectParameters(notebook, { [name]: value }, { where: 'a.ipynb' }).cells[1].source;

describe('injectParameters', () => {
  it.each<[string, unknown]>([
    ['guidance', 7],
    ['count', 1e3],
    ['on', false],
    ['tier', 5],
    ['list', [3]],
    ['list', 'a word'],
    ['half', 'a word'],
  ])('sets %s to %j', (name, value) => {
    // A text may stand for one of a few words, which `any` is taken for.
    const kind = typeof value === 'string' ? ' as any' : '';
    expect(set(name, value)).toBe(`var ${name} = ${JSON.stringify(value)}${kind};`);
  });

  it.each<[string, unknown, RegExp]>([
    ['guidance', '7,5', /guidance\n {2}expected: a number, as there\n {2}found: {4}"7,5", a string/],
    ['guidance', null, /null, a null/],
    ['guidance', Number.NaN, /a number/],
    ['count', '1e', /a number/],
    ['on', 'yes', /a boolean/],
    ['total', 1, /one of its parameters: guidance, count, on, name, tier, list, half/],
  ])('refuses %s = %j', (name, value, message) => expect(() => set(name, value)).toThrow(message));
});

it('a text that looks like a number is told how it stays one', () => {
  const texts = toNotebook("// %% tags=parameters\nconst seed = 'x';\n");
  expect(() => injectParameters(texts, { seed: 7 }, { where: 'a.ipynb' })).toThrow(`-p 'seed="…"'`);
});
