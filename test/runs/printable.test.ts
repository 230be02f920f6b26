import { describe, expect, it } from 'vitest';
import { printable, printableLines } from '../../lib/runs/printable.js';

describe('printable', () => {
  it.each([
    ['a plain text, ünïcode – 猫 🦊', 'a plain text, ünïcode – 猫 🦊'],
    ['\u001b[31mred\u001b[0m', '␛[31mred␛[0m'],
    ['bell\u0007 back\u0008 del\u007f', 'bell␇ back␈ del␡'],
    ['two\nlines\ttab\r', 'two␊lines␉tab␍'],
    ['C1 \u009b31m', 'C1 �31m'],
    ['half \ud83e of a fox', 'half � of a fox'],
    ['no character \uffff', 'no character �'],
  ])('%j → %s', (text, shown) => {
    expect(printable(text)).toBe(shown);
  });

  it('keeps the line ends of a longer text', () => {
    expect(printableLines('a\n\u001bb\r\n')).toBe('a\n␛b␍\n');
  });
});
