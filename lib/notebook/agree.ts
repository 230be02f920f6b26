import { InputError } from '../errors.js';

/** Texts must be equal letter by letter. */
export function agree(byHand: readonly string[], library: readonly string[], options: { name: string }): void;
/**
 * Says that what a cell worked out by hand and what the library gives are the same, and prints both; the cell fails where
 * they are not. Lists are compared entry by entry, and their first entries printed.
 *
 * @param byHand @param library numbers, equally many
 * @param options.name what the library's is called
 * @param options.tolerance the largest difference allowed, over the largest number if that is above 1
 * @throws InputError that names the first entry that differs
 */
export function agree(
  byHand: number | ArrayLike<number>,
  library: number | ArrayLike<number>,
  options: { name: string; tolerance?: number },
): void;
export function agree(
  byHand: number | ArrayLike<number> | readonly string[],
  library: number | ArrayLike<number> | readonly string[],
  { name, tolerance = 1e-4 }: { name: string; tolerance?: number },
): void {
  if (areTexts(byHand) && areTexts(library)) {
    agreeInTexts(byHand, library, name);
    return;
  }
  const [mine, theirs] = [byHand, library].map((value) =>
    typeof value === 'number' ? [value] : Array.from(value as ArrayLike<number>),
  );
  const scale = Math.max(1, ...theirs.map(Math.abs));
  const wrong = theirs.findIndex((value, i) => !(Math.abs(value - mine[i]) <= tolerance * scale));
  if (wrong >= 0 || mine.length !== theirs.length) {
    throw new InputError({
      where: `by hand and ${name}${wrong > 0 ? `, entry ${wrong}` : ''}`,
      expected: theirs.length === mine.length ? String(theirs[wrong]) : `${theirs.length} numbers`,
      found: theirs.length === mine.length ? String(mine[wrong]) : `${mine.length} numbers`,
      fix: 'correct the line that works it out by hand',
    });
  }
  const shown = (values: number[]) =>
    `${values
      .slice(0, 4)
      .map((v) => v.toFixed(4))
      .join(', ')}${values.length > 4 ? ', …' : ''}`;
  console.log(`by hand ${shown(mine)} = ${name} ${shown(theirs)}`);
}

const areTexts = (values: number | ArrayLike<number | string>): values is readonly string[] =>
  Array.isArray(values) && values.length > 0 && values.every((value) => typeof value === 'string');

function agreeInTexts(mine: readonly string[], theirs: readonly string[], name: string): void {
  const wrong = theirs.findIndex((text, i) => text !== mine[i]);
  if (wrong >= 0 || mine.length !== theirs.length) {
    throw new InputError({
      where: `by hand and ${name}${wrong > 0 ? `, entry ${wrong}` : ''}`,
      expected: theirs.length === mine.length ? JSON.stringify(theirs[wrong]) : `${theirs.length} texts`,
      found: theirs.length === mine.length ? JSON.stringify(mine[wrong]) : `${mine.length} texts`,
      fix: 'correct the line that works it out by hand',
    });
  }
  console.log(`by hand = ${name}: ${mine.length} texts, letter by letter`);
}
