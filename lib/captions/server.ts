import { setTimeout as sleep } from 'node:timers/promises';
import { InputError } from '../errors.js';
import { rng } from '../random/rng.js';
import { fromEnvironment } from '../runs/environment.js';
import { type Decoding, PAPER_DECODING, type TextCompleter } from './completer.js';

/** A language model that a server completes prompts with. */
export interface ServerOptions {
  /** Where the server answers, e.g. http://node7:8000; `/v1/completions` is added where it is not there. */
  url: string;
  /** What the server calls the model. */
  model: string;
  /** Requests in flight at once; 32. The server decides how many of them it works on together. */
  parallel?: number;
  /** Milliseconds until a request without an answer is given up and sent again; five minutes. */
  timeout?: number;
  /** Times that a request is sent before the run stops; 10, with pauses that grow to a minute. */
  attempts?: number;
  /** Milliseconds of the first pause. */
  pause?: number;
}

/** A language model behind a server, as logs name it. Its weights are the server's affair: no hash says which they are. */
export interface ServedModel {
  /** what the server calls it */
  readonly name: string;
  /** by a server, which alone knows the weights */
  readonly served: true;
}

const LONGEST_PAUSE = 60_000;
/** Answers that another try may change: a request that took too long, too many of them, and whatever goes wrong there. */
const PASSING = new Set([408, 409, 425, 429]);

/**
 * Completes prompts with a server that speaks OpenAI's completions API: vLLM, llama.cpp's server, Ollama, TGI and others.
 *
 * A request that is refused for a passing reason, lost or not answered is sent again after a pause that doubles, times a
 * factor in 0.5 … 1.5 that is a function of the prompt's seed; or after what `Retry-After` says. SYNCLR_SERVER_KEY is sent as
 * a bearer token where it is set.
 *
 * Seeds are passed on, but servers that batch requests do not repeat their completions bit for bit.
 *
 * @throws InputError from `complete` when the server refuses a request for good, or `attempts` have failed
 */
export async function openServer({
  url,
  model,
  parallel = 32,
  timeout = 300_000,
  attempts = 10,
  pause = 500,
  decoding = PAPER_DECODING,
}: ServerOptions & { decoding?: Decoding }): Promise<TextCompleter> {
  const endpoint = endpointOf(url);
  const key = fromEnvironment('SYNCLR_SERVER_KEY');
  const headers = { 'content-type': 'application/json', ...(key && { authorization: `Bearer ${key}` }) };
  const { temperature, topP, topK, maxTokens } = decoding;
  const settings = { model, temperature, top_p: topP, max_tokens: maxTokens, stop: ['\n'] };
  // Not OpenAI's, but what llama.cpp would else filter by: no limit to the likeliest tokens, none to the unlikeliest.
  const unfiltered = { top_k: topK || -1, min_p: 0 };

  const ask = async (prompt: string, seed: number, signal: AbortSignal): Promise<string | Failure> => {
    const body = JSON.stringify({ ...settings, ...unfiltered, prompt, seed });
    const response = await fetch(endpoint, { method: 'POST', headers, body, signal });
    const text = await response.text();
    if (response.ok) return completionIn(text);
    const found = `HTTP ${response.status}: ${text.slice(0, 300)}`;
    if (response.status < 500 && !PASSING.has(response.status)) throw refused(endpoint, found);
    return { found, after: retryAfter(response.headers.get('retry-after')) };
  };

  return {
    parallel,
    device: `${endpoint}, ${model}, ${parallel} requests in flight`,
    async complete(prompt, { seed, signal }) {
      const jitter = rng(seed, 'retry');
      let last = '';
      for (let attempt = 0; attempt < attempts; attempt++) {
        let answer: string | Failure;
        try {
          answer = await within(timeout, signal, (stop) => ask(prompt, seed, stop));
        } catch (error) {
          signal?.throwIfAborted();
          if (error instanceof InputError) throw error;
          answer = { found: reasonOf(error, timeout) };
        }
        if (typeof answer === 'string') return answer;
        last = answer.found;
        if (attempt + 1 === attempts) break;
        const grown = Math.min(LONGEST_PAUSE, pause * 2 ** attempt) * (0.5 + jitter.uniform());
        await sleep(answer.after ?? grown, undefined, { signal }).catch(() => signal?.throwIfAborted());
      }
      throw new InputError({
        where: endpoint,
        expected: `an answer within ${attempts} attempts`,
        found: last,
        fix: 'see to the server, then run the same command again: captions made so far are kept',
      });
    },
    async close() {},
  };
}

/** Work that is stopped by a signal, or when its time is up. (Node 20 may forget a timeout inside `AbortSignal.any`.) */
async function within<T>(
  milliseconds: number,
  signal: AbortSignal | undefined,
  work: (stop: AbortSignal) => Promise<T>,
): Promise<T> {
  const stop = new AbortController();
  const pass = () => stop.abort(signal?.reason);
  const timer = setTimeout(() => stop.abort(new DOMException('too late', 'TimeoutError')), milliseconds);
  signal?.addEventListener('abort', pass);
  try {
    return await work(stop.signal);
  } finally {
    clearTimeout(timer);
    signal?.removeEventListener('abort', pass);
  }
}

interface Failure {
  readonly found: string;
  /** milliseconds that the server asks for */
  readonly after?: number;
}

function endpointOf(url: string): string {
  const problem = (found: string) =>
    new InputError({
      where: '--server',
      expected: 'the address of a server, such as http://localhost:8000',
      found,
      fix: 'give the address that the server prints when it starts',
    });
  if (!URL.canParse(url)) throw problem(url);
  const { protocol, origin, pathname } = new URL(url);
  if (protocol !== 'http:' && protocol !== 'https:') throw problem(url);
  const base = pathname.replace(/\/+$/, '');
  if (base.endsWith('/completions')) return `${origin}${base}`;
  return `${origin}${base.endsWith('/v1') ? base : `${base}/v1`}/completions`;
}

/** The text of the first choice; an answer that was cut off is a failure that passes. */
function completionIn(body: string): string | Failure {
  try {
    const text = (JSON.parse(body) as { choices?: { text?: unknown }[] }).choices?.[0]?.text;
    if (typeof text === 'string') return text;
  } catch {
    // The failure below says so.
  }
  return { found: `no completion in ${JSON.stringify(body.slice(0, 200))}` };
}

/** Milliseconds of a `Retry-After`: seconds, or a date; an hour at most. */
function retryAfter(header: string | null): number | undefined {
  if (header === null) return undefined;
  const seconds = Number(header);
  const wait = Number.isFinite(seconds) ? 1000 * seconds : Date.parse(header) - Date.now();
  return Number.isFinite(wait) ? Math.min(3_600_000, Math.max(0, wait)) : undefined;
}

function reasonOf(error: unknown, timeout: number): string {
  const { name, message, cause } = error as Error & { cause?: { code?: string; message?: string } };
  if (name === 'TimeoutError') return `no answer within ${timeout / 1000} s`;
  return cause?.code ?? cause?.message ?? message;
}

const refused = (where: string, found: string): InputError =>
  new InputError({
    where,
    expected: "a server of OpenAI's completions API that has the model",
    found,
    fix: 'check --server and --model; a key goes into SYNCLR_SERVER_KEY',
  });
