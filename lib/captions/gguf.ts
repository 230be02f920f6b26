import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { open } from 'node:fs/promises';
import path from 'node:path';
import { InputError } from '../errors.js';
import { refuseLfsPointer } from '../runs/lfsPointer.js';

/** A language model's file: its name and the hash of its bytes. */
export interface GgufIdentity {
  readonly name: string;
  readonly sha256: string;
}

/** Versions of the GGUF format that llama.cpp reads (1 is long gone from it). */
const VERSIONS = [2, 3];

/**
 * Looks at a file before it is loaded: it must exist and begin with GGUF's magic and a version llama.cpp reads. Then
 * hashes it (a 7B model takes some ten seconds).
 *
 * @throws InputError if there is no such file, or it is not a GGUF file
 */
export async function identifyGguf(file: string): Promise<GgufIdentity> {
  const problem = (found: string, fix: string): InputError =>
    new InputError({ where: `language model ${file}`, expected: 'a GGUF file (version 2 or 3)', found, fix });
  refuseLfsPointer(file);
  const head = Buffer.alloc(8);
  let handle: Awaited<ReturnType<typeof open>>;
  try {
    handle = await open(file, 'r');
  } catch (error) {
    const missing = (error as NodeJS.ErrnoException).code === 'ENOENT';
    throw problem(missing ? 'no such file' : (error as Error).message, 'give the path of a .gguf model file');
  }
  let read: number;
  try {
    read = (await handle.read(head, 0, 8, 0)).bytesRead;
  } catch (error) {
    throw problem((error as Error).message, 'give the path of a .gguf model file, not of its folder');
  } finally {
    await handle.close();
  }
  if (read < 8 || head.toString('latin1', 0, 4) !== 'GGUF') {
    const start = head.subarray(0, Math.min(4, read)).toString('hex') || 'nothing';
    throw problem(`a file that starts with bytes ${start}`, 'download it again, or convert the model with llama.cpp');
  }
  const version = head.readUInt32LE(4);
  if (!VERSIONS.includes(version)) {
    throw problem(`GGUF version ${version}`, 'convert the model again with a current llama.cpp');
  }
  const hash = createHash('sha256');
  for await (const chunk of createReadStream(file)) hash.update(chunk as Buffer);
  return { name: path.basename(file), sha256: hash.digest('hex') };
}
