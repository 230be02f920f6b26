import { mkdtempSync } from 'node:fs';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, describe, expect, it } from 'vitest';
import { openServer, synthesiseCaptions } from '../../lib/captions/index.js';
import { readCaptionLog } from '../../lib/captions/log.js';
import { rng } from '../../lib/random/rng.js';

const folder = mkdtempSync(path.join(tmpdir(), 'server-'));
let server: Server | undefined;
afterEach(() => {
  server?.closeAllConnections();
  server?.close();
});

interface Asked {
  prompt: string;
  seed: number;
  [name: string]: unknown;
}

/** A server on loopback that answers as `reply` decides. */
async function serve(
  reply: (asked: Asked, response: ServerResponse, count: number) => void,
  port = 0,
): Promise<{ url: string; port: number; asked: Asked[] }> {
  const asked: Asked[] = [];
  server = createServer(async (request: IncomingMessage, response) => {
    let body = '';
    for await (const chunk of request) body += chunk;
    const said = JSON.parse(body) as Asked;
    asked.push(said);
    reply(said, response, asked.length);
  });
  await new Promise<void>((resolve) => server?.listen(port, '127.0.0.1', resolve));
  const address = server.address() as { port: number };
  return { url: `http://127.0.0.1:${address.port}`, port: address.port, asked };
}

const text = ({ seed }: Asked) => `caption ${seed}`;
const answer = (asked: Asked, response: ServerResponse) =>
  void response
    .setHeader('content-type', 'application/json')
    .end(JSON.stringify({ choices: [{ text: ` ${text(asked)}\nmore` }] }));
const fast = { model: 'tiny', pause: 2, timeout: 4000 };
const complete = async (url: string, options: object = {}) =>
  (await openServer({ url, ...fast, ...options })).complete('An owl', { seed: 7 });

describe('a language model behind a server', () => {
  it('is asked as the paper decodes', async () => {
    const { url, asked } = await serve(answer);
    expect(await complete(`${url}/v1/`)).toMatch(/^ caption 7/);
    expect(asked).toEqual([
      {
        model: 'tiny',
        prompt: 'An owl',
        seed: 7,
        temperature: 0.8,
        top_p: 0.9,
        max_tokens: 100,
        stop: ['\n'],
        top_k: -1,
        min_p: 0,
      },
    ]);
  });

  it('is asked again after 429 when it says, after 500, an answer that hangs half-way and an empty one', async () => {
    const times: number[] = [];
    const { url } = await serve((asked, response, count) => {
      times.push(Date.now());
      if (count === 1) response.writeHead(429, { 'retry-after': '0.3' }).end('busy');
      else if (count === 2) response.writeHead(500).end('no');
      else if (count === 3) response.writeHead(200, { 'content-length': '1000' }).write('{"choices":[{"te');
      else if (count === 4) response.end('{"choices": []}');
      else answer(asked, response);
    });
    expect(await complete(url)).toMatch(/^ caption 7/);
    expect(times).toHaveLength(5);
    expect(times[1] - times[0]).toBeGreaterThanOrEqual(290);
  });

  it.each([
    ['that does not have the model', 404, /HTTP 404[\s\S]*--model/],
    ['that wants a key', 401, /HTTP 401[\s\S]*SYNCLR_SERVER_KEY/],
  ])('%s: is not asked again', async (_what, status, message) => {
    const { url, asked } = await serve((_, response) => void response.writeHead(status).end('no'));
    await expect(complete(url)).rejects.toThrow(message);
    expect(asked).toHaveLength(1);
  });

  it('that is not there is given up after its attempts, and said', async () => {
    const { url } = await serve(answer);
    server?.close();
    await expect(complete(url, { attempts: 3 })).rejects.toThrow(/within 3 attempts[\s\S]*ECONNREFUSED/);
    await expect(complete('nowhere')).rejects.toThrow(/--server[\s\S]*nowhere/);
  });

  it('with every fault at once, then dead and back: no caption lost or double', async () => {
    const out = path.join(folder, 'captions.jsonl');
    const faults = rng(3, 'faults');
    const met = { dropped: 0, busy: 0, broken: 0, hung: 0, cut: 0 };
    const faulty = (asked: Asked, response: ServerResponse) => {
      const luck = faults.uniform();
      if (luck < 0.1) {
        met.dropped++;
        response.destroy();
      } else if (luck < 0.2) {
        met.busy++;
        response.writeHead(429, { 'retry-after': '0' }).end('busy');
      } else if (luck < 0.3) {
        met.broken++;
        response.writeHead(500).end('no');
      } else if (luck < 0.4) {
        met.cut++;
        response.writeHead(200, { 'content-length': '500' }).write('{"cho', () => response.destroy());
      } else if (luck < 0.5 && met.hung < 3) met.hung++;
      else answer(asked, response);
    };
    const run = (url: string, attempts: number) =>
      synthesiseCaptions({
        concepts: ['owl', 'fox', 'tree'],
        backgrounds: ['meadow'],
        count: 200,
        seed: 1,
        out,
        server: { url, ...fast, attempts, parallel: 16 },
      });

    let served = 0;
    const first = await serve((asked, response) => {
      served++;
      if (served === 120) {
        server?.closeAllConnections();
        server?.close();
      } else faulty(asked, response);
    });
    await expect(run(first.url, 12)).rejects.toThrow(/captions made so far are kept/);
    await serve(faulty, first.port);
    const { records } = await run(first.url, 12);
    expect(records.map(({ index }) => index)).toEqual(Array.from({ length: 200 }, (_, i) => i));
    // Each is the completion of its own prompt.
    for (const { caption, seed } of records) expect(caption).toBe(`caption ${seed}`);
    expect(records[0].model).toEqual({ name: 'tiny', served: true });
    expect(readCaptionLog(out).records).toEqual(records);
    expect(Object.values(met).every((times) => times > 0)).toBe(true);
  }, 300_000);

  it('is one model: a file or a server', async () => {
    const both = { concepts: ['owl'], backgrounds: ['meadow'], count: 1, out: path.join(folder, 'x.jsonl') };
    await expect(synthesiseCaptions(both)).rejects.toThrow(/neither[\s\S]*--server/);
    await expect(synthesiseCaptions({ ...both, gguf: 'x', server: { url: 'http://x', model: 'y' } })).rejects.toThrow(
      /both/,
    );
  });
});
