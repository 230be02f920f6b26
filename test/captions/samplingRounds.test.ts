import { describe, expect, it } from 'vitest';
import { inRounds, sampleInRounds } from '../../lib/captions/samplingRounds.js';
import { InputError } from '../../lib/errors.js';

/** A sampler whose calls end when told to, and what happened in which order. */
function recorded() {
  const log: string[] = [];
  const end: Record<string, (error?: Error) => void> = {};
  const sample = inRounds((name) => {
    log.push(`${name} starts`);
    return new Promise((resolve, reject) => {
      end[name as string] = (error) => (error ? reject(error) : resolve(name));
    });
  });
  const call = (name: string): Promise<unknown> =>
    sample(name).then(
      (word) => log.push(`${word} has its word`),
      (error: Error) => log.push(`${name}: ${error.message}`),
    );
  const settle = () => new Promise((resolve) => setImmediate(resolve));
  return { log, end, call, settle };
}

describe('inRounds', () => {
  it('samples the first alone, the others together, and hands out the words when all are there', async () => {
    const { log, end, call, settle } = recorded();
    const calls = ['a', 'b', 'c'].map(call);
    await settle();
    expect(log).toEqual(['a starts']);
    end.a();
    await settle();
    expect(log).toEqual(['a starts', 'b starts', 'c starts']);
    end.c();
    await settle();
    expect(log).toHaveLength(3);
    end.b();
    await Promise.all(calls);
    expect(log.slice(3)).toEqual(['a has its word', 'b has its word', 'c has its word']);
  });

  it('lets an error through to the one it belongs to, and goes on', async () => {
    const { log, end, call, settle } = recorded();
    const calls = ['a', 'b'].map(call);
    await settle();
    end.a(new Error('no logits'));
    await settle();
    end.b();
    await Promise.all(calls);
    expect(log.slice(2)).toEqual(expect.arrayContaining(['a: no logits', 'b has its word']));
    const next = call('d');
    await settle();
    end.d();
    await next;
    expect(log.at(-1)).toBe('d has its word');
  });

  it('opens a new round for a call that comes while a round ends', async () => {
    const { log, end, call, settle } = recorded();
    const calls = ['a', 'b'].map(call);
    await settle();
    end.a();
    await settle();
    calls.push(call('late'));
    await settle();
    expect(log).not.toContain('late starts');
    end.b();
    await settle();
    end.late();
    await Promise.all(calls);
    expect(log.at(-1)).toBe('late has its word');
  });
});

it('refuses a node-llama-cpp whose sampling it does not know', () => {
  expect(() => sampleInRounds({} as never)).toThrow(InputError);
});
