import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { collectOutputs } from '../../lib/notebook/outputs.js';

const stream = (text: string, name = 'stdout') => ({ type: 'stream', content: { name, text } });
const display = (text: string, display_id?: string, type = 'display_data') => ({
  type,
  content: { data: { 'text/plain': text, 'image/png': 'aGk=' }, metadata: {}, transient: { display_id } },
});

describe('collectOutputs', () => {
  it('joins neighbouring pieces of a stream', () => {
    const collector = collectOutputs();
    for (const message of [stream('a'), stream('b\nc'), stream('!', 'stderr'), stream('d')])
      collector.forCell(0)(message);
    expect(collector.outputs(0)).toEqual([
      { output_type: 'stream', name: 'stdout', text: ['ab\n', 'c'] },
      { output_type: 'stream', name: 'stderr', text: ['!'] },
      { output_type: 'stream', name: 'stdout', text: ['d'] },
    ]);
    expect(collector.streamText(0, 'stdout')).toBe('ab\ncd');
  });

  it('keeps what a terminal would show of lines overwritten by carriage returns', () => {
    const collector = collectOutputs();
    for (const text of ['  1 %', '\r 50 %', '\r100 %\n', 'done\r\n']) collector.forCell(0)(stream(text));
    expect(collector.outputs(0)).toEqual([{ output_type: 'stream', name: 'stdout', text: ['100 %\n', 'done\n'] }]);
  });

  const settled = (text: string) => {
    const collector = collectOutputs();
    collector.forCell(0)(stream(text));
    return (collector.outputs(0)[0].text as string[]).join('');
  };

  it('settles any mixture of carriage returns and newlines as two replacements would', () => {
    const text = fc.string({ unit: fc.constantFrom('a', 'b', '\r', '\n'), minLength: 1, maxLength: 12 });
    const naive = (one: string) => one.replace(/\r+\n/g, '\n').replace(/[^\n]*\r(?=[^\n])/g, '');
    fc.assert(
      fc.property(text, (one) => {
        expect(settled(one)).toBe(naive(one));
      }),
      { numRuns: 2000 },
    );
  });

  it('keeps lines of megabytes, with and without carriage returns, in no time', () => {
    const long = 'x'.repeat(4_000_000);
    expect(settled(`${long}\n`).length).toBe(4_000_001);
    expect(settled(`${long}\r${long}`).length).toBe(4_000_000);
    expect(settled(`${'\r'.repeat(4_000_000)}a\r\n`)).toBe('a\n');
  }, 20_000);

  it('leaves only the final state of a display, also one of an earlier cell', () => {
    const collector = collectOutputs();
    collector.forCell(0)(display('10 %', 'bar'));
    collector.forCell(0)(display('picture'));
    collector.forCell(0)(display('50 %', 'bar', 'update_display_data'));
    collector.forCell(1)(display('100 %', 'bar', 'update_display_data'));
    expect(collector.outputs(1)).toEqual([]);
    const data = collector.outputs(0).map((output) => output.data);
    expect(data).toEqual([
      { 'text/plain': ['100 %'], 'image/png': 'aGk=' },
      { 'text/plain': ['picture'], 'image/png': 'aGk=' },
    ]);
    expect(JSON.stringify(collector.outputs(0))).not.toContain('bar');
  });

  it('clears at once, or when the next output comes', () => {
    const collector = collectOutputs();
    const add = collector.forCell(0);
    add(stream('a'));
    add({ type: 'clear_output', content: { wait: true } });
    expect(collector.outputs(0)).toHaveLength(1);
    add(stream('b'));
    expect(collector.outputs(0)).toEqual([{ output_type: 'stream', name: 'stdout', text: ['b'] }]);
    add({ type: 'clear_output', content: { wait: false } });
    expect(collector.outputs(0)).toEqual([]);
  });
});
