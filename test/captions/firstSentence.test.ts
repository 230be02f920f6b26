import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { firstSentence } from '../../lib/captions/firstSentence.js';

describe('firstSentence', () => {
  it.each([
    ['A fox sits on a wall.', 'A fox sits on a wall.'],
    ['A fox sits on a wall. The description is clear.', 'A fox sits on a wall.'],
    ['A taxi waits! Where? Here.', 'A taxi waits!'],
    ['“A fox.” It sits.', '“A fox.”'],
    ['An ant looks up => An ant looks up.', 'An ant looks up'],
    ['An ant looks up. => An ant.', 'An ant looks up.'],
    ['A bottle of 0.5 litres on a table. It is full.', 'A bottle of 0.5 litres on a table.'],
    ['A fox that never', 'A fox that never'],
    ['', ''],
  ])('of "%s" is "%s"', (text, first) => {
    expect(firstSentence(text)).toBe(first);
  });

  it('begins the text, and has no second', () => {
    fc.assert(
      fc.property(fc.string(), (text) => {
        const first = firstSentence(text);
        expect(text.startsWith(first)).toBe(true);
        expect(firstSentence(first)).toBe(first);
      }),
    );
  });
});
