import { InputError } from '../errors.js';

/** @throws InputError for what is said of a published set that is not named: it would count for nothing */
export function requireDataSet({ dataSet, root, partial }: { dataSet?: string; root?: string; partial?: boolean }) {
  if (dataSet !== undefined || (root === undefined && !partial)) return;
  throw new InputError({
    where: partial ? '--partial' : '--root',
    expected: 'the name of the set that it is about',
    found: 'no --data-set',
    fix: 'add --data-set NAME, or leave it out',
  });
}
