import { appendFileSync, mkdirSync, readdirSync } from 'node:fs';
import path from 'node:path';
import { ProtoWriter } from './protobuf.js';

/**
 * Appends scalars to a folder in TensorBoard's format, each start of a run to a file of its own.
 *
 * A run that goes on at step s says so in its first records: TensorBoard then forgets what earlier files hold of step s
 * and later ones, which will be written again. (The same as TensorFlow's writers do, and PyTorch's with `purge_step`.)
 *
 * @param options.step the first step that will be written
 * @param options.now seconds since 1970
 */
export function openEventFile(
  folder: string,
  { step: first = 0, now = () => Date.now() / 1000 }: { step?: number; now?: () => number } = {},
): (step: number, scalars: Readonly<Record<string, number>>) => void {
  mkdirSync(folder, { recursive: true });
  const earlier = readdirSync(folder).filter((name) => name.includes('tfevents')).length;
  // TensorBoard takes files with `tfevents` in their names, in the order of their names.
  const file = path.join(folder, `events.out.tfevents.${String(earlier).padStart(6, '0')}`);
  const append = (event: ProtoWriter) => appendFileSync(file, eventRecord(event.finish()));
  append(new ProtoWriter().double(1, now()).bytesField(3, 'brain.Event:2'));
  if (first > 0) append(eventAt(first, now()).bytesField(7, new ProtoWriter().int(1, 1)));
  return (step, scalars) => {
    // Summary: repeated Value 1, of tag 1 and simple_value 2
    const summary = new ProtoWriter();
    for (const [tag, value] of Object.entries(scalars)) {
      summary.bytesField(1, new ProtoWriter().bytesField(1, tag).float(2, value));
    }
    append(eventAt(step, now()).bytesField(5, summary));
  };
}

/** Event: wall_time 1, step 2 (left out where it is 0), file_version 3, summary 5, session_log 7 (its status 1: START 1) */
function eventAt(step: number, seconds: number): ProtoWriter {
  const event = new ProtoWriter().double(1, seconds);
  return step === 0 ? event : event.int(2, step);
}

/** A TFRecord: length (8 bytes), its checksum (4), the data, its checksum (4); little endian. */
export function eventRecord(data: Uint8Array): Buffer {
  const record = Buffer.alloc(12 + data.length + 4);
  record.writeBigUInt64LE(BigInt(data.length), 0);
  record.writeUInt32LE(maskedCrc(record.subarray(0, 8)), 8);
  record.set(data, 12);
  record.writeUInt32LE(maskedCrc(data), 12 + data.length);
  return record;
}

/** TFRecord's mask, so that the checksum of data with checksums in it is no special number. */
function maskedCrc(data: Uint8Array): number {
  const crc = crc32c(data);
  return (((crc >>> 15) | (crc << 17)) + 0xa282ead8) >>> 0;
}

const CRC_TABLE = Uint32Array.from({ length: 256 }, (_, byte) => {
  let crc = byte;
  for (let bit = 0; bit < 8; bit++) crc = (crc >>> 1) ^ (crc & 1 ? 0x82f63b78 : 0);
  return crc;
});

/** CRC-32C (Castagnoli), reflected. */
export function crc32c(data: Uint8Array): number {
  let crc = 0xffffffff;
  for (const byte of data) crc = (crc >>> 8) ^ CRC_TABLE[(crc ^ byte) & 255];
  return ~crc >>> 0;
}
