import { createHash } from 'node:crypto';
import type { HostTensors } from '../../runs/hostTensor.js';

/** SHA-256 of tensors and of bytes: with it in its settings, a run does not go on with another encoder or other pictures. */
export function fingerprint(tensors: HostTensors, ...bytes: readonly Uint8Array[]): string {
  const hash = createHash('sha256');
  for (const name of Object.keys(tensors).sort()) {
    const { shape, data } = tensors[name];
    hash.update(`${name} ${shape}`).update(new Uint8Array(data.buffer, data.byteOffset, data.byteLength));
  }
  for (const part of bytes) hash.update(part);
  return hash.digest('hex');
}
