import {
  closeSync,
  existsSync,
  fsyncSync,
  ftruncateSync,
  mkdirSync,
  openSync,
  readFileSync,
  rmSync,
  writeSync,
} from 'node:fs';
import path from 'node:path';
import { gunzipSync, gzipSync } from 'node:zlib';
import { InputError } from '../errors.js';
import { writeWhole } from '../runs/files.js';
import type { GgufIdentity } from './gguf.js';
import type { CaptionTemplate } from './templates.js';

/** One caption and where it came from. */
export interface CaptionRecord {
  readonly index: number;
  readonly caption: string;
  readonly concept: string;
  readonly source: string;
  readonly template: CaptionTemplate;
  readonly background?: string;
  readonly relation?: string;
  /** Keys of the three in-context examples. */
  readonly examples: readonly string[];
  /** Seed of the decoding. */
  readonly seed: number;
  readonly model: GgufIdentity;
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
 * Reads a log: a line `{"captionLog":1,"config":…}`, then a record a line; gzip if the name ends so.
 *
 * @throws InputError if the file is missing or not of that form
 */
export function readCaptionLog(file: string): CaptionLog {
  if (!existsSync(file)) {
    const begun = existsSync(partialOf(file));
    throw notALog(file, begun ? 'only the partial log of a run that did not finish' : 'no such file');
  }
  const bytes = readFileSync(file);
  let text: string;
  try {
    text = (isGzip(file) ? gunzipSync(bytes) : bytes).toString('utf8');
  } catch (error) {
    throw notALog(file, (error as Error).message);
  }
  if (!text.endsWith('\n')) throw notALog(file, 'a last line that is cut off');
  return parseLog(file, text);
}

/** A log being written. Each record is on disk when `append` returns. */
export interface CaptionLogWriter {
  /** Indices already in the log. */
  readonly done: ReadonlySet<number>;
  append(record: CaptionRecord): void;
  /** Stops here; a later run with the same config goes on. */
  pause(): void;
  /** Writes the final file, sorted by index, whole or not at all; then the partial one goes. */
  finish(): CaptionLog;
}

/**
 * Opens `file` to add captions to, new or begun by an earlier run with the same config. Until `finish`, captions are
 * appended to `file.partial` as they come, in any order; after a kill, a torn last line is cut off and its caption
 * made again.
 *
 * @throws InputError if the log was begun with another config: the message names the keys that differ
 */
export function openCaptionLog(file: string, config: CaptionLogConfig): CaptionLogWriter {
  const partial = partialOf(file);
  mkdirSync(path.dirname(path.resolve(file)), { recursive: true });
  const records = new Map<number, CaptionRecord>();
  const take = (log: CaptionLog): void => {
    refuseOtherConfig(file, log.config, config);
    for (const record of log.records) records.set(record.index, record);
  };
  if (existsSync(file)) take(readCaptionLog(file));

  const header = `${JSON.stringify({ captionLog: 1, config })}\n`;
  // Without 'a': a torn tail has to be overwritten in place.
  const fd = openSync(partial, existsSync(partial) ? 'r+' : 'w+');
  let end: number;
  try {
    const bytes = readFileSync(fd);
    end = bytes.lastIndexOf(0x0a) + 1;
    if (end > 0) take(parseLog(partial, bytes.toString('utf8', 0, end)));
    ftruncateSync(fd, end);
    if (end === 0) end = writeSync(fd, header, 0);
  } catch (error) {
    closeSync(fd);
    throw error;
  }

  return {
    get done() {
      return new Set(records.keys());
    },
    append(record) {
      end += writeSync(fd, `${JSON.stringify(record)}\n`, end);
      records.set(record.index, record);
    },
    pause() {
      fsyncSync(fd);
      closeSync(fd);
    },
    finish() {
      closeSync(fd);
      const log = { config, records: [...records.values()].sort((a, b) => a.index - b.index) };
      writeCaptionLog(file, log);
      rmSync(partial);
      return log;
    },
  };
}

/** Writes a whole log. The bytes are a function of the records: no time, no system in the gzip header. */
export function writeCaptionLog(file: string, { config, records }: CaptionLog): void {
  const text = [{ captionLog: 1, config }, ...records].map((line) => `${JSON.stringify(line)}\n`).join('');
  writeWhole(file, isGzip(file) ? gzipped(text) : text);
}

function gzipped(text: string): Uint8Array {
  const bytes = gzipSync(text, { level: 9 });
  bytes[9] = 255; // RFC 1952: operating system unknown. The time is already 0.
  return bytes;
}

function isGzip(file: string): boolean {
  return file.endsWith('.gz');
}

function parseLog(file: string, text: string): CaptionLog {
  const lines = text.slice(0, -1).split('\n');
  const parse = (line: string, i: number): Record<string, unknown> => {
    try {
      const value: unknown = JSON.parse(line);
      if (typeof value === 'object' && value !== null) return value as Record<string, unknown>;
    } catch {
      // Told below.
    }
    throw notALog(file, `line ${i + 1}: ${line.slice(0, 80)}`);
  };
  const [header, ...rest] = lines.map(parse);
  if (header.captionLog !== 1 || typeof header.config !== 'object')
    throw notALog(file, `first line: ${lines[0].slice(0, 80)}`);
  for (const [i, { index, caption, concept, template }] of rest.entries()) {
    const whole = Number.isInteger(index) && [caption, concept, template].every((field) => typeof field === 'string');
    if (!whole) throw notALog(file, `line ${i + 2}: ${lines[i + 1].slice(0, 80)}`);
  }
  const records = rest as unknown as CaptionRecord[];
  return { config: header.config as CaptionLogConfig, records: records.sort((a, b) => a.index - b.index) };
}

function notALog(file: string, found: string): InputError {
  return new InputError({
    where: `caption log ${file}`,
    expected:
      'lines of JSON: {"captionLog":1,"config":…}, then one record {index, caption, concept, template, …} a line',
    found,
    fix: 'make the captions again, or restore the file',
  });
}

/** Refuses to mix captions of two configs. */
function refuseOtherConfig(file: string, before: CaptionLogConfig, now: CaptionLogConfig): void {
  const keys = [...new Set([...Object.keys(before), ...Object.keys(now)])];
  const different = keys.filter((key) => JSON.stringify(before[key]) !== JSON.stringify(now[key]));
  if (different.length === 0) return;
  const tell = (config: CaptionLogConfig): string =>
    different.map((key) => `${key} = ${JSON.stringify(config[key])}`).join(', ');
  throw new InputError({
    where: `caption log ${file}`,
    expected: `the config it was begun with: ${tell(before)}`,
    found: tell(now),
    fix: 'use the earlier config, or another output file',
  });
}
