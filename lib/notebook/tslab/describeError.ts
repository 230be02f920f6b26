import { inspect } from 'node:util';
import { cellLinesOf } from './cellLines.js';

/** An error as Jupyter shows it. */
export interface ErrorContent {
  ename: string;
  evalue: string;
  traceback: string[];
}

/** Frames that tell the reader nothing: of the kernel, of Node, of TypeScript's helpers. */
const FOREIGN = /[\\/]node_modules[\\/]tslab[\\/]|[\\/]notebook[\\/]tslab[\\/]|\(node:|at node:|at async node:/;
const FRAMES = 8;

/**
 * What went wrong and on which line of which cell. What a user can mend (an `InputError`: where, expected, found, to do)
 * needs no stack; of anything else some frames of the library are shown, too.
 */
export function describeError(error: unknown): ErrorContent {
  if (!(error instanceof Error) && !isErrorLike(error)) {
    const value = typeof error === 'string' ? error : inspect(error);
    return { ename: 'Thrown', evalue: value, traceback: [`Thrown: ${value}`] };
  }
  const { name, message, stack = '', cause } = error;
  const head = `${name}: ${message}`;
  const lines = cellLinesOf(stack)
    .map(({ file, line, text }) => `  at ${file}, line ${line}:  ${text}`)
    .filter((line, at, all) => line !== all[at - 1]);
  if (name === 'InputError') return { ename: name, evalue: message, traceback: [head, ...lines.slice(0, 1)] };
  const frames = stack
    .split('\n')
    .filter((line) => /^\s+at /.test(line) && !FOREIGN.test(line) && !/cell \[\d+\]:/.test(line))
    .slice(0, FRAMES);
  const because = cause === undefined ? [] : [`caused by ${describeError(cause).traceback.join('\n')}`];
  return { ename: name, evalue: message, traceback: [head, ...lines, ...frames, ...because] };
}

/** Errors of another realm are no instances of our `Error`. */
function isErrorLike(value: unknown): value is Error {
  return typeof value === 'object' && value !== null && 'message' in value && 'stack' in value;
}
