import { randomBytes } from 'node:crypto';
import { rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import path from 'node:path';
import { temporaryFolder } from '../runs/temporaryFolder.js';

export type Channel = 'shell' | 'iopub' | 'stdin' | 'control' | 'hb';
const channels: Channel[] = ['shell', 'iopub', 'stdin', 'control', 'hb'];

/** Where a kernel listens, and the key that signs every message. */
export interface Connection {
  /** The connection file that the kernel reads. */
  file: string;
  key: string;
  address(channel: Channel): string;
  /** Deletes the temporary folder. */
  remove(): void;
}

/** A TCP port that nobody uses now. */
function freePort(): Promise<number> {
  return new Promise((resolve, reject) => {
    const server = createServer();
    server.once('error', reject);
    server.listen(0, '127.0.0.1', () => {
      const address = server.address();
      server.close(() => resolve(typeof address === 'object' && address !== null ? address.port : 0));
    });
  });
}

/**
 * Writes a connection file into a temporary folder that only this user can read.
 *
 * Sockets are files in that folder: unlike ports, two kernels can never race for them. (The address is `ip-number`,
 * as Jupyter spells it.) Windows has no such sockets in ZeroMQ, so there we take free ports (`tcp`).
 */
export async function createConnection({ tcp = process.platform === 'win32' } = {}): Promise<Connection> {
  const folder = temporaryFolder('kernel');
  const key = randomBytes(32).toString('hex');
  const transport = tcp ? 'tcp' : 'ipc';
  const ip = tcp ? '127.0.0.1' : path.join(folder, 'socket');
  const ports = {} as Record<Channel, number>;
  for (const [index, channel] of channels.entries()) ports[channel] = tcp ? await freePort() : index + 1;
  const file = path.join(folder, 'connection.json');
  const named = Object.fromEntries(channels.map((channel) => [`${channel}_port`, ports[channel]]));
  writeFileSync(file, JSON.stringify({ transport, ip, key, signature_scheme: 'hmac-sha256', ...named }), {
    mode: 0o600,
  });
  return {
    file,
    key,
    address: (channel) => `${transport}://${ip}${tcp ? ':' : '-'}${ports[channel]}`,
    remove: () => rmSync(folder, { recursive: true, force: true }),
  };
}
