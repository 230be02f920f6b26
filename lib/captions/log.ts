import { existsSync, readFileSync, rmSync } from 'node:fs';
import { gunzipSync, gzipSync } from 'node:zlib';
import { InputError } from '../errors.js';
import { writeWhole } from '../runs/files.js';
import { requireSame } from '../runs/identity.js';
import { refuseLfsPointer } from '../runs/lfsPointer.js';
import type { Part } from '../runs/part.js';
import { inWords } from '../runs/systemProblem.js';
import { utf8Of } from '../runs/textFile.js';
import { linesOf, openAppendLog } from './appendLog.js';
import type { GgufIdentity } from './gguf.js';
import type { ServedModel } from './server.js';
import type { CaptionTemplate } from './templates.js';

/** One caption and where it came from. A caption that no language model wrote has no template, seed or model. */
export interface CaptionRecord {
  readonly index: number;
  readonly caption: string;
  /** Empty where a real caption doesn't say. */
  readonly concept: string;
  readonly source: string;
  readonly template?: CaptionTemplate;
  readonly background?: string;
  readonly relation?: string;
  /** Keys of the three in-context examples. */
  readonly examples: readonly string[];
  /** Seed of the decoding. */
  readonly seed?: number;
  readonly model?: GgufIdentity | ServedModel;
}

/** What a log's captions are a function of, beside their index. JSON; compared key by key when a run is resumed. */
export type CaptionLogConfig = Readonly<Record<string, unknown>>;

/** A caption log as read: records sorted by index. */
export interface CaptionLog {
  readonly config: CaptionLogConfig;
  readonly records: readonly CaptionRecord[];
}

/** Where a run that has not finished keeps its captions. */
function partialOf(file: string): string {
  return `${file}.partial`;
}

/**
 * Reads a log: a line `{"captionLog":1,"config":…}`, then a record a line; gzip if the name ends so. All records are
 * held in memory, about 1 kB each: of a run of many millions, read the logs of its parts one after another.
 *
 * @throws InputError if the file is missing or not of that form
 */
export function readCaptionLog(file: string): CaptionLog {
  if (!existsSync(file)) {
    const begun = existsSync(partialOf(file));
    throw notALog(file, begun ? 'only the partial log of a run that did not finish' : 'no such file');
  }
  const bytes = utf8Of(unpacked(file), `caption log ${file}`);
  if (bytes.at(-1) !== 0x0a) throw notALog(file, 'a last line that is cut off');
  const [header, ...lines] = linesOf(bytes);
  const seen = new Set<number>();
  const records = lines.map((line, i) => parseNewRecord(file, line, { number: i + 2, seen }));
  return { config: parseHeader(file, header), records: records.sort((a, b) => a.index - b.index) };
}

function unpacked(file: string): Buffer {
  const bytes = inWords(`caption log ${file}`, () => readFileSync(file));
  refuseOtherPacking(file, bytes);
  try {
    return isGzip(file) ? gunzipSync(bytes, { maxOutputLength: mostUnpacked(bytes.length) }) : bytes;
  } catch (error) {
    throw notALog(file, (error as Error).message);
  }
}

/** @throws InputError where the name says gzip and the first bytes do not, or the other way round; and for an LFS pointer */
export function refuseOtherPacking(file: string, start: Uint8Array): void {
  refuseLfsPointer(file);
  const packed = start[0] === 0x1f && start[1] === 0x8b;
  if (packed === isGzip(file)) return;
  throw notALog(
    file,
    packed ? 'gzip data under a name that does not end with .gz' : 'a name that ends with .gz, and no gzip data',
    'give the file the name that fits',
  );
}

/** A log being written. */
export interface CaptionLogWriter {
  /** Indices in the log; grows as records are appended. */
  readonly done: ReadonlySet<number>;
  /** Hands the record to the system before it returns. @throws InputError on a full disk; nothing finished is lost */
  append(record: CaptionRecord): void;
  /** Stops here; a later run with the same config goes on. */
  pause(): void;
  /** Writes the final file, sorted by index, whole or not at all; then the partial one goes. */
  finish(): CaptionLog;
}

/**
 * Opens `file` to add captions to, new or begun by an earlier run with the same config. Until `finish`, captions are
 * appended to `file.partial` as they come, in any order; after a kill, a torn last line is cut off and its caption
 * made again. Only indices are held in memory until then. One process a log.
 *
 * @throws InputError if the log was begun with another config: the message names the keys that differ
 */
export function openCaptionLog(file: string, config: CaptionLogConfig): CaptionLogWriter {
  const partial = partialOf(file);
  const done = new Set<number>();
  if (existsSync(file)) {
    const before = readCaptionLog(file);
    refuseOtherConfig(file, before.config, config);
    for (const { index } of before.records) done.add(index);
  }
  const seen = new Set<number>();
  const log = openAppendLog(partial, {
    header: headerLine(config),
    take: (line, number) => {
      if (number === 1) refuseOtherConfig(file, parseHeader(partial, line), config);
      else done.add(parseNewRecord(partial, line, { number, seen }).index);
    },
  });
  return {
    done,
    append(record) {
      log.append(JSON.stringify(record));
      done.add(record.index);
    },
    pause: log.close,
    finish() {
      log.close();
      const records = new Map<number, CaptionRecord>();
      for (const from of existsSync(file) ? [file, partial] : [partial]) {
        for (const record of readCaptionLog(from).records) records.set(record.index, record);
      }
      const whole = { config, records: [...records.values()].sort((a, b) => a.index - b.index) };
      writeCaptionLog(file, whole);
      rmSync(partial);
      return whole;
    },
  };
}

/** Writes a whole log. The bytes are a function of the records: no time, no system in the gzip header. */
export function writeCaptionLog(file: string, { config, records }: CaptionLog): void {
  const lines = [headerLine(config), ...records.map((record) => JSON.stringify(record))];
  const bytes = Buffer.concat(lines.map((line) => Buffer.from(`${line}\n`)));
  writeWhole(file, isGzip(file) ? withoutSystem(gzipSync(bytes, { level: 9 })) : bytes);
}

/** RFC 1952: a gzip file that says "system unknown". Its time is 0 already. */
function withoutSystem(gzip: Uint8Array): Uint8Array {
  gzip[9] = 255;
  return gzip;
}

export function isGzip(file: string): boolean {
  return file.toLowerCase().endsWith('.gz');
}

/** What a log is, for those who name its file. */
export const CAPTION_LOG_KIND = { what: 'a caption log', endings: ['.jsonl', '.jsonl.gz'] };

export function headerLine(config: CaptionLogConfig): string {
  return JSON.stringify({ captionLog: 1, config });
}

/** The config in a log's first line. @throws InputError */
export function parseHeader(file: string, line: string): CaptionLogConfig {
  const { captionLog, config } = parseLine(file, line, 1);
  if (captionLog !== 1 || typeof config !== 'object') throw notALog(file, `first line: ${line.slice(0, 80)}`);
  return config as CaptionLogConfig;
}

/** The record in line `number` of a log. @throws InputError */
export function parseRecord(file: string, line: string, number: number): CaptionRecord {
  const record = parseLine(file, line, number);
  const { index, caption, concept, template = '' } = record;
  const whole =
    Number.isSafeInteger(index) &&
    (index as number) >= 0 &&
    [caption, concept, template].every((field) => typeof field === 'string');
  if (!whole) throw notALog(file, `line ${number}: ${line.slice(0, 80)}`);
  return record as unknown as CaptionRecord;
}

/** The same, of a log that must not have its index before. @throws InputError */
function parseNewRecord(
  file: string,
  line: string,
  { number, seen }: { number: number; seen: Set<number> },
): CaptionRecord {
  const record = parseRecord(file, line, number);
  if (seen.has(record.index)) throw notALog(file, `line ${number}: caption ${record.index} again`);
  seen.add(record.index);
  return record;
}

/** Captions are packed to a tenth or so. A small file that unpacks to a thousand times its size is none of ours. */
const mostUnpacked = (packed: number) => Math.min(2 ** 31, Math.max(2 ** 26, 100 * packed));

function parseLine(file: string, line: string, number: number): Record<string, unknown> {
  try {
    const value: unknown = JSON.parse(line);
    if (typeof value === 'object' && value !== null) return value as Record<string, unknown>;
  } catch {
    // No JSON: refused below.
  }
  throw notALog(file, `line ${number}: ${line.slice(0, 80)}`);
}

export function notALog(file: string, found: string, fix = 'make the captions again, or restore the file'): InputError {
  return new InputError({
    where: `caption log ${file}`,
    expected: 'lines of JSON: {"captionLog":1,"config":…}, then one record {index, caption, concept, …} a line',
    found,
    fix,
  });
}

/** Refuses to mix captions of two configs. */
export function refuseOtherConfig(file: string, before: CaptionLogConfig, now: CaptionLogConfig): void {
  requireSame(`log ${file}`, {
    before,
    now,
    expected: 'the config that it was begun with',
    fix: 'use the earlier config, or another output file',
  });
}

export type CaptionPart = Part;
