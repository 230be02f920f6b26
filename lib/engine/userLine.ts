import path from 'node:path';
import { fileURLToPath } from 'node:url';

/** The engine and the layers: their frames are never the line that a user has to look at. */
const OWN = ['.', '../nn/'].map((folder) => fileURLToPath(new URL(folder, import.meta.url)));
const FOREIGN = /[\\/]@tensorflow[\\/]|^node:/;

/**
 * The first line of a stack that is the user's, as `file:line`, relative to the working folder where it lies inside it.
 * Where only layers of this library are on the stack, it is the first of theirs.
 */
export function userLine(error: Error): string {
  const places = (error.stack ?? '').split('\n').map(placeOf);
  const known = places.filter((place) => place !== undefined && !FOREIGN.test(place.file)) as Place[];
  const found = known.find(({ file }) => !OWN.some((folder) => file.startsWith(folder))) ?? known.find(isLayer);
  return found ? `${shorten(found.file)}:${found.line}` : 'unknown line';
}

interface Place {
  readonly file: string;
  readonly line: string;
}

/** Reads `at name (file:line:column)` and `at file:line:column`. */
function placeOf(frame: string): Place | undefined {
  const match = /^\s+at (?:.*\()?(.+?):(\d+):\d+\)?$/.exec(frame);
  if (!match) return undefined;
  const [, file, line] = match;
  return { file: file.startsWith('file:') ? fileURLToPath(file) : file.replace(/^async /, ''), line };
}

const isLayer = ({ file }: Place) => file.startsWith(OWN[1]);

function shorten(file: string): string {
  const relative = path.relative(process.cwd(), file);
  return path.isAbsolute(file) && !relative.startsWith('..') ? relative : file;
}
