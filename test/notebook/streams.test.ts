import * as ts from 'typescript';
import { describe, expect, it, vi } from 'vitest';
import { searchHistory } from '../../lib/notebook/tslab/history.js';
import { exportWhereDeclared } from '../../lib/notebook/tslab/liveVariables.js';
import { sendInOrder } from '../../lib/notebook/tslab/sendInOrder.js';
import { bufferStreams } from '../../lib/notebook/tslab/streams.js';

describe('bufferStreams', () => {
  it('keeps every letter and the order among both streams, in few messages', () => {
    vi.useFakeTimers();
    const sent: [string, string][] = [];
    const streams = bufferStreams((name, text) => void sent.push([name, text]));
    const expected: string[] = [];
    for (let i = 0; i < 100_000; i++) {
      streams.write(i % 20_000 === 0 ? 'stderr' : 'stdout', `${i}\n`);
      expected.push(`${i}\n`);
    }
    vi.runAllTimers();
    vi.useRealTimers();
    expect(sent.map(([, text]) => text).join('')).toBe(expected.join(''));
    expect(sent.filter(([name]) => name === 'stderr').map(([, text]) => text)).toEqual([
      '0\n',
      '20000\n',
      '40000\n',
      '60000\n',
      '80000\n',
    ]);
    expect(sent.length).toBeLessThan(40);
  });

  it('keeps every letter of streams that take turns all the time, in few messages, and the order within each', () => {
    vi.useFakeTimers();
    const sent: [string, string][] = [];
    const streams = bufferStreams((name, text) => void sent.push([name, text]));
    const names = ['stdout', 'stderr'] as const;
    for (let i = 0; i < 20_000; i++) streams.write(names[i % 2], `${i}\n`);
    vi.runAllTimers();
    vi.useRealTimers();
    expect(sent.slice(1, 4).map(([, text]) => text)).toEqual(['1\n', '2\n', '3\n']);
    for (const [turn, stream] of names.entries()) {
      const lines = sent.flatMap(([name, text]) => (name === stream ? [text] : [])).join('');
      expect(lines).toBe(Array.from({ length: 10_000 }, (_, i) => `${2 * i + turn}\n`).join(''));
    }
    expect(sent.length).toBeLessThan(100);
  });

  it('sends soon, though nobody flushes', () => {
    vi.useFakeTimers();
    const sent: string[] = [];
    const streams = bufferStreams((_, text) => void sent.push(text));
    streams.write('stdout', 'first');
    streams.write('stdout', 'second');
    vi.advanceTimersByTime(60);
    vi.useRealTimers();
    expect(sent.join('')).toBe('firstsecond');
  });
});

describe('sendInOrder', () => {
  /** Takes three messages in a turn of the event loop, as zeromq takes five hundred. */
  const socket = () => {
    const sent: number[] = [];
    let inTurn = 0;
    let busy = false;
    return {
      sent,
      async send(message: number) {
        if (busy) throw new Error('EBUSY');
        if (++inTurn > 3) {
          busy = true;
          await new Promise((resolve) => setTimeout(resolve));
          [busy, inTurn] = [false, 0];
        }
        sent.push(message);
      },
    };
  };

  it('loses nothing and keeps the order, in a loop that never waits and after it', async () => {
    const { sent, send } = socket();
    // The real one throws at once, not by its promise.
    let pending = 0;
    const strict = {
      send(message: number) {
        if (pending >= 4) throw new Error('EBUSY');
        pending++;
        return send(message).finally(() => pending--);
      },
    };
    const publish = sendInOrder(strict);
    for (let i = 0; i < 50; i++) publish(i);
    expect(sent).toEqual([0, 1, 2]);
    await new Promise((resolve) => setTimeout(resolve, 1));
    for (let i = 50; i < 60; i++) publish(i);
    await vi.waitFor(() => expect(sent.length).toBe(60));
    expect(sent).toEqual(Array.from({ length: 60 }, (_, i) => i));
  });
});

describe('exportWhereDeclared', () => {
  it.each([
    ['let a = 1;\nconst b = 2;\nexport { a, b };', 'export let a = 1;\nconst b = 2;\nexport { b };'],
    ['var { a, c: [d] } = f();\nexport { a, d };', 'export var { a, c: [d] } = f();\nexport {  };'],
    ['function f() { let a; }\nexport { f };', 'function f() { let a; }\nexport { f };'],
    ['export const x = 1;\nexport {};', 'export const x = 1;\nexport {};'],
  ])('%s', (before, after) => expect(exportWhereDeclared(ts, before)).toBe(after));
});

describe('searchHistory', () => {
  const past = [
    { line: 1, input: '6 * 7', output: '42' },
    { line: 2, input: 'const a = 1' },
    { line: 3, input: '6 * 7', output: '42' },
  ];
  it.each([
    [
      { hist_access_type: 'tail', n: 2 },
      [
        [0, 2, 'const a = 1'],
        [0, 3, '6 * 7'],
      ],
    ],
    [{ hist_access_type: 'range', start: 1, stop: 2, output: true }, [[0, 1, ['6 * 7', '42']]]],
    [{ hist_access_type: 'search', pattern: '6 \\* ?' }, []],
    [{ hist_access_type: 'search', pattern: '6*', unique: true }, [[0, 3, '6 * 7']]],
  ] as const)('%j', (request, found) => expect(searchHistory(past, request)).toEqual(found));
});
