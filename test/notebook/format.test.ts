import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Notebook } from '../../lib/notebook/document.js';
import { keepOutputs, toNotebook, toSource } from '../../lib/notebook/format.js';

const source = `// %% [markdown]
/*
# A title

Prose with $x^2$ and \`code\`.
*/

// %% tags=parameters timeoutSeconds=1200
const n = 10;

// %%
console.log(n);

// %%
console.log(n);
`;

describe('percent format', () => {
  it('reads cells, tags and time limits', () => {
    const { cells } = toNotebook(source);
    expect(cells.map((cell) => cell.cell_type)).toEqual(['markdown', 'code', 'code', 'code']);
    expect(cells[0].source).toBe('# A title\n\nProse with $x^2$ and `code`.');
    expect(cells[1].metadata).toEqual({ tags: ['parameters'], synclr: { timeoutSeconds: 1200 } });
    expect(cells[2].source).toBe('console.log(n);');
  });

  it('gives equal cells different ids, and the same ids every time', () => {
    const ids = toNotebook(source).cells.map((cell) => cell.id);
    expect(new Set(ids).size).toBe(4);
    expect(ids[3]).toBe(`${ids[2]}-2`);
    expect(toNotebook(source).cells.map((cell) => cell.id)).toEqual(ids);
  });

  it('keeps tags of any letters, other metadata and attachments', () => {
    const cell = (more: object) => ({
      cell_type: 'markdown' as const,
      metadata: {},
      source: '![](attachment:a.png)',
      ...more,
    });
    const notebook: Notebook = {
      ...toNotebook(source),
      cells: [
        cell({ metadata: { tags: ['to do', 'a,b', '50%', 'café', '猫\u2003x'] } }),
        cell({ attachments: { 'a b.png': { 'image/png': 'iVBORw0KGgo=\n' } }, id: 'x' }),
        cell({ metadata: { slideshow: { slide_type: 'slide' }, synclr: { timeoutSeconds: 3, more: 1 } } }),
        cell({ metadata: { synclr: { timeoutSeconds: 3 }, collapsed: false } }),
        ...['soon', -1, 1e10, null].map((timeoutSeconds) => cell({ metadata: { synclr: { timeoutSeconds } } })),
        { ...cell({ cell_type: 'raw', metadata: { format: 'text/x-rst' } }) },
      ],
    };
    const text = toSource(notebook);
    const withoutIds = ({ cells }: Notebook) => cells.map(({ id: _, ...rest }) => rest);
    expect(withoutIds(toNotebook(text))).toEqual(withoutIds(notebook));
    expect(toSource(toNotebook(text))).toBe(text);
  });

  it('keeps any tags', () => {
    fc.assert(
      fc.property(fc.array(fc.string({ unit: 'grapheme', minLength: 1 }), { minLength: 1 }), (tags) => {
        const [cell] = toNotebook(
          toSource({ ...toNotebook(source), cells: [{ cell_type: 'raw', metadata: { tags }, source: '' }] }),
        ).cells;
        expect(cell.metadata.tags).toEqual(tags);
      }),
    );
  });

  it.each(['tags=a%', 'metadata=3', 'metadata=%7B', 'attachments=x', 'colour=red'])(
    'refuses the header %s',
    (words) => {
      expect(() => toNotebook(`// %% ${words}\n1;\n`)).toThrow(/correct the cell header/);
    },
  );

  it('writes the text that it read', () => {
    expect(toSource(toNotebook(source))).toBe(source);
  });

  it('keeps any cell, even one that looks like a header or ends a comment', () => {
    const line = fc.oneof(
      fc.constantFrom('// %%', '// \\%%', '// %% [markdown]', '*/', '/*', '*\\/', '*\\\\/ x', '', '  a', '// %', '$x$'),
      fc.string(),
    );
    const text = fc
      .array(
        line.map((one) => one.replace(/[\r\n\u2028\u2029]/g, '')),
        { maxLength: 6 },
      )
      .map((lines) =>
        lines
          .join('\n')
          .replace(/^(?:[^\S\n]*\n)+/, '')
          .trimEnd(),
      );
    const cell = fc.record({
      type: fc.constantFrom('code' as const, 'markdown' as const, 'raw' as const),
      text,
      tags: fc.uniqueArray(fc.stringMatching(/^[a-z-]{1,8}$/), { maxLength: 2 }),
    });
    fc.assert(
      fc.property(fc.array(cell, { maxLength: 5 }), (cells) => {
        const notebook = {
          ...toNotebook(''),
          cells: cells.map(({ type, text, tags }) => ({
            cell_type: type,
            metadata: tags.length > 0 ? { tags } : {},
            source: text,
          })),
        };
        const written = toSource(notebook);
        const back = toNotebook(written);
        expect(back.cells.map(({ cell_type, source, metadata }) => ({ cell_type, metadata, source }))).toEqual(
          notebook.cells,
        );
        expect(toSource(back)).toBe(written);
      }),
      { numRuns: 500 },
    );
  });

  it('carries outputs over to cells that did not change', () => {
    const before = toNotebook(source);
    before.cells[2].outputs = [{ output_type: 'stream', name: 'stdout', text: ['10\n'] }];
    before.cells[2].execution_count = 2;
    const after = keepOutputs(toNotebook(source.replace('n = 10', 'n = 20')), before);
    expect(after.cells[1].outputs).toEqual([]);
    expect(after.cells[2].outputs).toEqual(before.cells[2].outputs);
  });

  it.each([
    ['const a = 1;\n// %%\n', /cell header/],
    ['// %% color=red\n', /color=red/],
    ['// %% [markdown]\nprose without a comment', /line 1[\s\S]*one \/\*/],
    ...['soon', '7,5', '0', '1e10', '0x10'].map((limit): [string, RegExp] => [
      `// %% timeoutSeconds=${limit}\n`,
      new RegExp(`timeoutSeconds=${limit}`),
    ]),
  ])('refuses %j', (text, message) => {
    expect(() => toNotebook(text)).toThrow(message);
  });
});
