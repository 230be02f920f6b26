import { describe, expect, it, vi } from 'vitest';
import { InputError } from '../../lib/errors.js';
import { agree } from '../../lib/notebook/agree.js';

describe('agree', () => {
  const printed = (run: () => void) => {
    const log = vi.spyOn(console, 'log').mockImplementation(() => {});
    run();
    const lines = log.mock.calls.map(([line]) => line);
    log.mockRestore();
    return lines;
  };

  it('prints what was worked out by hand beside what the library gives', () => {
    expect(printed(() => agree(1.00001, Float32Array.of(1), { name: 'loss' }))).toEqual([
      'by hand 1.0000 = loss 1.0000',
    ]);
    expect(printed(() => agree([1, 2, 3, 4, 5], [1, 2, 3, 4, 5], { name: 'rows' }))).toEqual([
      'by hand 1.0000, 2.0000, 3.0000, 4.0000, … = rows 1.0000, 2.0000, 3.0000, 4.0000, …',
    ]);
  });

  it.each([
    [[1, 2], [1, 2.1], /rows, entry 1.*2\.1.*2/s],
    [[1, Number.NaN], [1, 2], /entry 1.*NaN/s],
    [[1], [1, 2], /2 numbers.*1 number/s],
    [[1, 2, 3], [1, 2], /2 numbers.*3 numbers/s],
  ])('refuses %j for %j', (byHand, library, message) => {
    const compare = () => agree(byHand, library, { name: 'rows' });
    expect(compare).toThrow(InputError);
    expect(compare).toThrow(message);
  });

  it('allows a difference in proportion to the largest number', () => {
    expect(printed(() => agree([1000.05], [1000], { name: 'rows' }))).toHaveLength(1);
    expect(() => agree([1000.5], [1000], { name: 'rows' })).toThrow(InputError);
  });

  it('compares texts letter by letter', () => {
    expect(printed(() => agree(['a', 'b'], ['a', 'b'], { name: 'prompts' }))).toEqual([
      'by hand = prompts: 2 texts, letter by letter',
    ]);
    expect(() => agree(['a', 'c'], ['a', 'b'], { name: 'prompts' })).toThrow(/prompts, entry 1.*"b".*"c"/s);
    expect(() => agree(['a'], ['a', 'b'], { name: 'prompts' })).toThrow(/2 texts.*1 text/s);
  });
});
