import { describe, expect, it } from 'vitest';
import { htmlTable, showTable, table, textTable } from '../../lib/notebook/tables.js';
import { inNotebook, showPng } from '../../lib/runs/display.js';

const rows = [
  { method: 'SynCLR <ours>', accuracy: 80.66, images: 600 },
  { method: 'StableRep', accuracy: -1.5, images: null },
];

describe('tables', () => {
  it('writes text to the left, numbers to the right, a dash for what is missing', () => {
    expect(textTable(rows, { caption: 'Linear probe' })).toBe(
      [
        'Linear probe',
        'method         accuracy  images',
        'SynCLR <ours>      80.7     600',
        'StableRep          −1.5       –',
      ].join('\n'),
    );
    const html = htmlTable(rows, { caption: 'Linear probe', format: { images: (value) => `${value}M` } });
    expect(html).toContain('SynCLR &lt;ours&gt;');
    expect(html).toMatch(/<td align="right"[^>]*>80\.7<\/td>/);
    expect(html).toMatch(/<td align="right"[^>]*>600M<\/td>/);
    expect(html).toMatch(/<td align="left"[^>]*>StableRep<\/td>/);
  });

  it('writes minus signs, also in words, and leaves hyphens', () => {
    const text = textTable([{ interval: '-2.6 (-4.0–-1.5)', model: 'ViT-B/16, run-1', date: '2026-12-01' }]);
    expect(text).toContain('−2.6 (−4.0–−1.5)  ViT-B/16, run-1  2026-12-01');
  });

  it('folds a long table away under its caption', () => {
    const html = htmlTable(rows, { caption: 'All <runs>', folded: true });
    expect(html).toMatch(/^<details><summary>All &lt;runs&gt;<\/summary>\n<table/);
    expect(html).toMatch(/<\/table>\n<\/details>$/);
    expect(html).not.toContain('<caption');
  });

  it('takes a danfo DataFrame as well', async () => {
    const frame = await table(rows.map(({ method, accuracy }) => ({ method, accuracy })));
    expect(textTable(frame)).toBe(textTable(rows.map(({ method, accuracy }) => ({ method, accuracy }))));
  });

  it('shows nothing outside of a notebook', () => {
    expect(inNotebook()).toBe(false);
    expect(showTable(rows)).toBeUndefined();
    expect(showPng(Uint8Array.of(137, 80, 78, 71, 13, 10, 26, 10))).toBeUndefined();
  });
});
