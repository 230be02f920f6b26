import { once } from 'node:events';
import { createReadStream, createWriteStream, existsSync, mkdirSync, renameSync, rmSync } from 'node:fs';
import { open } from 'node:fs/promises';
import path from 'node:path';
import { pipeline as chain, Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { createGunzip, createGzip } from 'node:zlib';
import { InputError } from '../errors.js';
import { temporaryName } from '../runs/files.js';
import { inRunFile } from '../runs/runFolder.js';
import { inWords, systemProblem } from '../runs/systemProblem.js';
import type { CaptionPart } from './log.js';
import {
  type CaptionLogConfig,
  headerLine,
  isGzip,
  notALog,
  parseHeader,
  parseRecord,
  refuseOtherConfig,
  refuseOtherPacking,
} from './log.js';

/** A log that is being read: its next record's index and line, or none. */
interface Reader {
  readonly file: string;
  readonly config: CaptionLogConfig;
  readonly lines: AsyncGenerator<string>;
  number: number;
  head?: { index: number; line: string };
}

/**
 * Merges the finished logs of a run's parts into the log that one process would have written, byte for byte. Streams:
 * whatever the size of the logs, a line of each is in memory.
 *
 * @returns the number of captions
 * @throws InputError if logs differ in config, captions 0 … n − 1 are not each there once, or another process writes `out`
 */
export async function mergeCaptionLogs(options: { parts: readonly string[]; out: string }): Promise<number> {
  return inRunFile(options.out, () => merge(options));
}

async function merge({ parts, out }: { parts: readonly string[]; out: string }): Promise<number> {
  if (parts.length === 0) {
    throw new InputError({
      where: 'mergeCaptionLogs',
      expected: 'logs of the parts of a run',
      found: 'none',
      fix: 'name the files',
    });
  }
  const readers = await Promise.all(parts.map(openReader));
  for (const { file, config } of readers) refuseOtherConfig(file, wholeConfig(readers[0].config), wholeConfig(config));
  refuseMissingParts(readers);

  let count = 0;
  async function* merged(): AsyncGenerator<string> {
    yield `${headerLine(wholeConfig(readers[0].config))}\n`;
    // Parts take turns, so the next caption is looked for from where the last one was.
    for (let at = 0; ; count++) {
      const start = at;
      while (readers[at].head?.index !== count) {
        at = (at + 1) % readers.length;
        if (at === start) return;
      }
      yield `${readers[at].head?.line}\n`;
      await advance(readers[at]);
      at = (at + 1) % readers.length;
    }
  }
  const temporary = temporaryName(out);
  inWords(`writing ${out}`, () => mkdirSync(path.dirname(path.resolve(out)), { recursive: true }));
  try {
    await writeLines(temporary, merged(), isGzip(out));
    refuseLeftOvers(readers, count);
    renameSync(temporary, out);
  } finally {
    rmSync(temporary, { force: true });
  }
  return count;
}

async function openReader(file: string): Promise<Reader> {
  if (!existsSync(file)) throw notALog(file, 'no such file; is its run finished?');
  refuseOtherPacking(file, await firstBytes(file));
  const lines = linesIn(file);
  const first = await lines.next();
  // A byte-order mark is a character here.
  const header = (first.value ?? '').replace(/^\uFEFF/, '');
  const reader: Reader = { file, config: parseHeader(file, header), lines, number: 1 };
  await advance(reader);
  return reader;
}

async function firstBytes(file: string): Promise<Uint8Array> {
  const handle = await open(file);
  try {
    return (await handle.read(Buffer.alloc(2), 0, 2, 0)).buffer;
  } finally {
    await handle.close();
  }
}

async function advance(reader: Reader): Promise<void> {
  const { done, value: line } = await reader.lines.next();
  reader.number++;
  reader.head = done ? undefined : { index: parseRecord(reader.file, line, reader.number).index, line };
}

const LONGEST_LINE = 2 ** 24;

async function* linesIn(file: string): AsyncGenerator<string> {
  const bytes = createReadStream(file);
  const input = isGzip(file) ? chain(bytes, createGunzip(), () => undefined) : bytes;
  let rest = '';
  try {
    for await (const text of input.setEncoding('utf8')) {
      const lines = (rest + text).split('\n');
      rest = lines.pop() as string;
      if (rest.length > LONGEST_LINE) throw new Error(`a line of more than ${LONGEST_LINE} characters`);
      // An editor may have saved it anew, with other line ends.
      for (const line of lines) yield line.endsWith('\r') ? line.slice(0, -1) : line;
    }
  } catch (error) {
    throw notALog(file, (error as Error).message);
  }
  if (rest !== '') throw notALog(file, 'a last line that is cut off');
}

/** The config of the run that a part belongs to. */
function wholeConfig({ part: _, ...config }: CaptionLogConfig): CaptionLogConfig {
  return config;
}

function refuseMissingParts(readers: readonly Reader[]): void {
  const parts = readers.map(({ config }) => config.part as CaptionPart | undefined);
  const of = parts[0]?.of ?? 1;
  const given = new Set(parts.map((part) => part?.index ?? 0));
  const same = parts.every((part) => (part?.of ?? 1) === of);
  if (same && given.size === of && parts.length === of) return;
  throw new InputError({
    where: 'mergeCaptionLogs: parts',
    expected: `each of the ${of} parts of one run, once`,
    found: parts.map((part) => (part ? `${part.index}/${part.of}` : 'a whole run')).join(', '),
    fix: 'name the logs of all parts',
  });
}

/** When no log goes on with caption `count`, all must be at their end. */
function refuseLeftOvers(readers: readonly Reader[], count: number): void {
  const left = readers.find(({ head }) => head !== undefined);
  if (left === undefined) return;
  const twice = (left.head?.index ?? 0) < count;
  throw new InputError({
    where: `mergeCaptionLogs: ${left.file}`,
    expected: 'each caption once, from 0 on without a gap',
    found: twice
      ? `caption ${left.head?.index} again`
      : `no caption ${count} in any log, but caption ${left.head?.index}`,
    fix: 'finish all parts with the same count',
  });
}

async function writeLines(file: string, lines: AsyncGenerator<string>, gzip: boolean): Promise<void> {
  const sink = createWriteStream(file);
  try {
    await (gzip
      ? pipeline(Readable.from(lines), createGzip({ level: 9 }), sink)
      : pipeline(Readable.from(lines), sink));
  } catch (error) {
    // It may be about to open the file; only then can the file be deleted.
    if (!sink.closed) await once(sink, 'close');
    throw systemProblem(error, `writing ${file}`) ?? error;
  }
  const handle = await open(file, 'r+');
  // As `writeCaptionLog` does: no system in the gzip header.
  if (gzip) await handle.write(Buffer.of(255), 0, 1, 9);
  await handle.sync();
  await handle.close();
}
