import { randomUUID } from 'node:crypto';
import { createRequire } from 'node:module';
import { InputError } from '../errors.js';
import { type Cell, currentCell } from './cell.js';

/** Mime type → what to show: text, or bytes (stored in base64), or JSON. */
export type MimeBundle = Record<string, unknown>;

type Display = Pick<Cell, 'display' | 'erase'>;

/**
 * The way to the cell that runs now; undefined outside of a kernel. Our kernel says it itself. In another tslab (a global
 * one, say) it is that of the instance that runs cells: several may be loaded, as one looks for the notebook's own.
 */
function currentDisplay(): Display | undefined {
  const cell = currentCell();
  if (cell) return cell;
  const loaded = Object.values(createRequire(import.meta.url).cache);
  const instances = loaded.filter((one) => /[\\/]tslab[\\/]dist[\\/]jupyter\.js$/.test(one?.filename ?? ''));
  const write: Cell['display'] | undefined = instances
    .map((one) => one?.exports.lastWriteDisplayData)
    .find((found) => found);
  if (!write) return undefined;
  // It cannot take a display back: empty, at least.
  const empty = (display_id: string) =>
    write({ data: { 'text/plain': '' }, metadata: {}, transient: { display_id } }, true);
  return { display: write, erase: empty };
}

/** Whether this code runs in a cell of a notebook. */
export function inNotebook(): boolean {
  return currentDisplay() !== undefined;
}

function encode(bundle: MimeBundle): MimeBundle {
  return Object.fromEntries(
    Object.entries(bundle).map(([mime, value]) => [
      mime,
      value instanceof Uint8Array ? Buffer.from(value).toString('base64') : value,
    ]),
  );
}

/**
 * Shows one thing in several formats; the reader's program picks the best. Outside of a notebook, nothing happens.
 * (Nothing is returned, here and below: tslab prints the value of a cell's last expression.)
 */
export function showBundle(bundle: MimeBundle, { metadata = {} }: { metadata?: Record<string, unknown> } = {}): void {
  currentDisplay()?.display({ data: encode(bundle), metadata, transient: {} }, false);
}

/** A place in the cell's output whose content can be replaced, and taken away: for what changes while a cell runs. */
export function openDisplay(): { show(bundle: MimeBundle): void; erase(): void } {
  const display_id = randomUUID();
  const cell = currentDisplay();
  let shown = false;
  return {
    show(bundle) {
      cell?.display({ data: encode(bundle), metadata: {}, transient: { display_id } }, shown);
      shown = true;
    },
    erase() {
      if (shown) cell?.erase(display_id);
      shown = false;
    },
  };
}

const PNG = [0x89, 0x50, 0x4e, 0x47];

/**
 * Shows a PNG. `width`, `height`: size on the page in CSS pixels, where the picture has more; `alt`: what it shows, for
 * readers who cannot see it. @throws InputError when the bytes are no PNG (raw pixels, say)
 */
export function showPng(
  png: Uint8Array,
  { width, height, alt = 'picture' }: { width?: number; height?: number; alt?: string } = {},
): void {
  if (PNG.some((byte, at) => png[at] !== byte)) {
    throw new InputError({
      where: 'showPng',
      expected: 'the bytes of a PNG file',
      found: `${png.length} bytes that do not begin as one does`,
      fix: 'show raw pixels with `showPng(await contactSheet([pixels], { columns: 1, size }))`',
    });
  }
  const size = { ...(width ? { width } : {}), ...(height ? { height } : {}) };
  showBundle({ 'image/png': png, 'text/plain': alt }, { metadata: { 'image/png': { alt, ...size } } });
}
