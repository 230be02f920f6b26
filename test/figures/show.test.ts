import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, afterEach, beforeEach, describe, expect, it } from 'vitest';
import { describeFigure } from '../../lib/figures/altText.js';
import { probeBars } from '../../lib/figures/probeBars.js';
import { figuresFolder, showFigure } from '../../lib/figures/save.js';
import { type DisplayContent, setCurrentCell } from '../../lib/runs/cell.js';
import { openDisplay, showPng } from '../../lib/runs/display.js';
import { projectPath } from '../../lib/runs/paths.js';

const folder = mkdtempSync(path.join(tmpdir(), 'synclr-show-'));
afterAll(() => rmSync(folder, { recursive: true }));

let shown: (DisplayContent | string)[] = [];
beforeEach(() => {
  shown = [];
  setCurrentCell({
    signal: new AbortController().signal,
    display: (content) => void shown.push(content),
    erase: (id) => void shown.push(id),
  });
});
afterEach(() => setCurrentCell(undefined));

const figure = probeBars({
  quantity: 'accuracy (%)',
  rows: [{ method: 'SynCLR', accuracy: 66.6, low: 63.9, high: 69.2 }],
});
const { width, height } = figure.layout;

describe('showFigure', () => {
  it('shows a picture and what it is, at its size', async () => {
    await showFigure('bars', figure, { data: {}, folder, alt: 'SynCLR at 66.6 %' });
    expect(shown).toHaveLength(1);
    const { data, metadata } = shown[0] as DisplayContent;
    expect(Object.keys(data)).toEqual(['image/png', 'text/plain']);
    expect(data['text/plain']).toBe('SynCLR at 66.6 %');
    expect(metadata).toEqual({ 'image/png': { alt: 'SynCLR at 66.6 %', width, height } });
  });

  it('interactive: for each viewer what it can draw, and no PNG that it would prefer', async () => {
    await showFigure('bars', figure, { data: {}, folder, interactive: true });
    const { data } = shown[0] as DisplayContent;
    expect(Object.keys(data)).toEqual(['application/vnd.plotly.v1+json', 'text/html', 'text/plain']);
    const html = String(data['text/html']);
    expect(html).toContain(`style="width:${width}px;height:${height}px"`);
    expect(html).toMatch(/<img src="data:image\/png;base64,[^"]+" width="\d+" height="\d+" alt="Figure bars/);
    // All that it needs is in it, and its script ends where it should.
    expect(html.match(/<\/script/g)).toHaveLength(1);
    expect(html).not.toMatch(/<script[^>]+src=/);
  });
});

describe('the name of a figure', () => {
  it('is refused where it is none of a file', async () => {
    await expect(showFigure('my figure', figure, { data: {}, folder })).rejects.toThrow(
      /letters[\s\S]*"my figure"[\s\S]*my-figure/,
    );
  });
});

describe('describeFigure', () => {
  it('names title, axes and what is drawn, without tags', () => {
    const layout = { width: 1, height: 1, title: { text: 'A <b>title</b>' }, xaxis: { title: { text: 'steps' } } };
    const data = [{ name: 'SynCLR' }, { name: 'CLIP &lt;b&gt;' }, { name: '' }];
    expect(describeFigure('a', { data, layout: { ...layout, yaxis: { title: { text: 'loss' } } } })).toBe(
      'Figure a: A title; loss against steps; SynCLR, CLIP <b>.',
    );
    expect(describeFigure('b', { data: [], layout: { width: 1, height: 1 } })).toBe('Figure b.');
    const annotations = Array.from({ length: 10 }, (_, i) => ({ text: `n${i}` }));
    expect(describeFigure('c', { data: [], layout: { width: 1, height: 1, annotations } })).toMatch(/n7 and 2 more\.$/);
  });
});

describe('what notebooks show', () => {
  it('refuses what is no PNG', () => {
    expect(() => showPng(new Uint8Array(12_288))).toThrow(/bytes of a PNG file[\s\S]*12288 bytes[\s\S]*contactSheet/);
    expect(shown).toEqual([]);
  });

  it('a display goes away again, and one that showed nothing leaves none', () => {
    openDisplay().erase();
    const place = openDisplay();
    place.show({ 'text/plain': 'half' });
    place.erase();
    const id = (shown[0] as DisplayContent).transient.display_id;
    expect(shown).toEqual([expect.objectContaining({ data: { 'text/plain': 'half' } }), id]);
  });

  it('figures of readers go below runs/, not where the committed ones are', () => {
    expect(figuresFolder()).toBe(projectPath('runs', 'figures'));
  });
});
