import type { Figure, PlotlyObject } from './figure.js';

/** Names beyond these are counted, not listed. */
const NAMES = 8;

/**
 * What a figure shows, in a sentence, for readers who cannot see it: its title and axes, and the names of what is drawn.
 *
 * `describeFigure('orders', figure)` → "Figure orders: accuracy (%) against steps; SynCLR, StableRep."
 */
export function describeFigure(name: string, { data, layout }: Figure): string {
  const axis = (key: string) => titleOf(layout[key]);
  const [x, y] = [axis('xaxis'), axis('yaxis')];
  const axes = x && y ? `${y} against ${x}` : (y ?? x);
  const annotations = (Array.isArray(layout.annotations) ? layout.annotations : []) as PlotlyObject[];
  const named = data.map((trace) => trace.name).filter((text) => typeof text === 'string' && text !== '') as string[];
  const words = named.length > 0 ? named : annotations.map(({ text }) => String(text ?? ''));
  const plain = [...new Set(words.map(plainText))].filter((text) => text !== '');
  const more = plain.length > NAMES ? ` and ${plain.length - NAMES} more` : '';
  const parts = [titleOf(layout), axes, plain.slice(0, NAMES).join(', ') + more].filter(Boolean);
  return parts.length > 0 ? `Figure ${name}: ${parts.join('; ')}.` : `Figure ${name}.`;
}

function titleOf(part: unknown): string | undefined {
  const { title } = (part ?? {}) as { title?: unknown };
  const text = typeof title === 'string' ? title : (title as { text?: unknown } | undefined)?.text;
  return typeof text === 'string' && text !== '' ? plainText(text) : undefined;
}

/** Plotly's text without its tags. */
function plainText(text: string): string {
  return text
    .replace(/<br>/g, ' ')
    .replace(/<[^>]*>/g, '')
    .replaceAll('&lt;', '<')
    .replaceAll('&gt;', '>')
    .replaceAll('&amp;', '&')
    .trim();
}
