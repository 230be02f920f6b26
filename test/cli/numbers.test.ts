import { describe, expect, it, vi } from 'vitest';
import { synclrCommands } from '../../lib/cli/commands.js';
import { atMostCores, numbersOption } from '../../lib/cli/numbers.js';
import { InputError } from '../../lib/errors.js';

type Option = ReturnType<typeof numbersOption>;

type Command = Awaited<ReturnType<typeof synclrCommands>>;

/** With the commands inside a command: `kernel install`. */
const below = (command: Command, name = ''): [string, Command][] =>
  command.commands.flatMap((one) => {
    const path = `${name}${one.name()}`;
    return [[path, one] as [string, Command], ...below(one as Command, `${path} `)];
  });
const commands = new Map(below(await synclrCommands()));
const options = [...commands].flatMap(([name, command]) =>
  command.options.map((option): [string, Option] => [`${name} ${option.flags}`, option]),
);
/** What stands between the brackets of an option that takes a number. */
const PLACEHOLDERS = /<(n|w|pixels|share|rate|decay|count|minutes|images|captions|member|list|seeds)>/;
const NOT_NUMBERS = ['--images <folder>', '--captions <file>', '--captions <log>'];
const numeric = options.filter(
  ([, { flags, defaultValue, parseArg }]) =>
    !NOT_NUMBERS.includes(flags) &&
    ((PLACEHOLDERS.test(flags) && parseArg) ||
      typeof defaultValue === 'number' ||
      (Array.isArray(defaultValue) && typeof defaultValue[0] === 'number')),
);

describe('numeric options', () => {
  it('are found in every command that has some', () => {
    expect(commands.has('kernel install')).toBe(true);
    expect(numeric.length).toBeGreaterThan(75);
    expect(new Set(numeric.map(([name]) => name.split(' ')[0])).size).toBeGreaterThanOrEqual(14);
    // A placeholder that sounds like a number, without a parser, would be taken as text.
    expect(options.filter(([, { flags, parseArg }]) => /<n>/.test(flags) && !parseArg)).toEqual([]);
  });

  it.each(numeric)('%s refuses what is no number', (_name, option) => {
    for (const text of [
      '7;5',
      '1e',
      'abc',
      '',
      'NaN',
      'Infinity',
      '0x10',
      '1e999',
      '-1',
      '99999999999999999999',
      '1 2',
    ]) {
      expect(() => option.parseArg!(text, undefined), text).toThrow(InputError);
      expect(() => option.parseArg!(text, undefined), text).toThrow(option.long!);
    }
  });

  it.each(numeric)('%s takes its own default, typed', (_name, option) => {
    if (option.defaultValue === undefined) return;
    expect(option.parseArg!(String(option.defaultValue), undefined)).toEqual(option.defaultValue);
  });

  it('a comma is a point only in other languages', () => {
    const guidance = commands.get('generate')!.options.find((one) => one.long === '--guidance')!;
    expect(() => guidance.parseArg!('7,5', undefined)).toThrow(
      '--guidance\n  expected: a number from 0 to 100\n  found:    7,5\n  to do:    write a point for the comma, 7.5',
    );
    expect(guidance.parseArg!('7.5', undefined)).toBe(7.5);
    expect(guidance.parseArg!('1e1', undefined)).toBe(10);
  });

  it('what would fill the memory, or take days to begin, is refused', () => {
    const large = numeric.filter(([name]) => /--(batch|images|train|test|exam|real|depth|members|size) /.test(name));
    expect(large.length).toBeGreaterThan(15);
    for (const [name, option] of large) {
      if (name.startsWith('backgrounds --size')) continue; // at most so many of what there is
      expect(() => option.parseArg!('999999999', undefined), name).toThrow(/from \d+ to \d+/);
    }
  });

  it('whole numbers are whole', () => {
    for (const [, option] of numeric.filter(([name]) =>
      /--(count|seed|seeds|batch|images|train|test|keep) /.test(name),
    )) {
      expect(() => option.parseArg!('2.5', undefined)).toThrow(/a whole number/);
    }
  });
});

describe('numbersOption', () => {
  const pair = numbersOption('--steps <list>', '', { whole: true, least: 1 }, { fallback: [3, 2], length: 2 });
  it('takes as many as it says', () => {
    expect(pair.parseArg!('30,20', undefined)).toEqual([30, 20]);
    for (const text of ['30', '30,20,10', '30,', ',', '30;20', '30,a']) {
      expect(() => pair.parseArg!(text, undefined)).toThrow(InputError);
    }
  });
});

describe('atMostCores', () => {
  it('lowers what is more, and says so', () => {
    const said: string[] = [];
    vi.spyOn(process.stderr, 'write').mockImplementation((text) => said.push(String(text)) > 0);
    expect(atMostCores('--workers', 2, 4)).toBe(2);
    expect(said).toEqual([]);
    expect(atMostCores('--workers', 8, 4)).toBe(4);
    expect(said.join('')).toMatch(/--workers 8 is taken as 4/);
    vi.restoreAllMocks();
  });
});
