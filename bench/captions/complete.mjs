import { openLlama } from '../../lib/dist/captions/index.js';
import { worldPrompt } from '../../lib/dist/tiers/index.js';

/**
 * Completes prompts of the emoji world, `from`, `from` + 1, …, with as many of them under way as keep the sequences busy,
 * and times `count` captions out of the middle: the clock starts when as many have ended as there are sequences, and when it
 * stops none has run out of prompts. So a caption costs what it costs in a long run.
 */
export async function timeCaptions({ gguf, count, from = 0, sequences = 1, ...options }) {
  const llama = await openLlama({ gguf, gpu: false, sequences, ...options });
  const enough = new AbortController();
  const captions = [];
  let [next, ended, started, seconds] = [from, 0, 0, 0];
  const work = async () => {
    while (!enough.signal.aborted) {
      const { index, text, seed } = worldPrompt(next++);
      const caption = await llama.complete(text, { seed, signal: enough.signal });
      captions.push({ index, text, caption });
      ended++;
      if (ended === sequences) started = performance.now();
      if (ended < sequences + count || seconds > 0) continue;
      seconds = (performance.now() - started) / 1000;
      enough.abort();
    }
  };
  await Promise.allSettled(Array.from({ length: llama.parallel }, work));
  const { device } = llama;
  await llama.close();
  if (seconds === 0) throw new Error('no caption was completed');
  return { perSecond: count / seconds, device, captions };
}

/** The first `count` captions of the emoji world. */
export async function completeFirst({ gguf, count, ...options }) {
  const llama = await openLlama({ gguf, gpu: false, ...options });
  const captions = [];
  let next = 0;
  const work = async () => {
    while (next < count) {
      const { index, text, seed } = worldPrompt(next++);
      captions[index] = await llama.complete(text, { seed });
    }
  };
  await Promise.all(Array.from({ length: llama.parallel }, work));
  await llama.close();
  return captions;
}
