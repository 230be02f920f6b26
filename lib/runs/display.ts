import { randomUUID } from 'node:crypto';
import { createRequire } from 'node:module';

/** Mime type → what to show: text, or bytes (stored in base64), or JSON. */
export type MimeBundle = Record<string, unknown>;

type WriteDisplayData = (
  content: { data: MimeBundle; metadata: Record<string, unknown>; transient: Record<string, unknown> },
  update: boolean,
) => void;

/**
 * tslab's way to the cell that runs now; undefined outside of a kernel.
 *
 * tslab's public `display` sends one mime type at a time. We look for the instance that is already loaded (a kernel
 * has loaded it by then), so it is always the kernel's own, and tslab is never loaded elsewhere.
 */
function displayWriter(): WriteDisplayData | undefined {
  const loaded = Object.values(createRequire(import.meta.url).cache);
  const jupyter = loaded.find((one) => /[\\/]tslab[\\/]dist[\\/]jupyter\.js$/.test(one?.filename ?? ''));
  return jupyter?.exports.lastWriteDisplayData ?? undefined;
}

/** Whether this code runs in a cell of a notebook. */
export function inNotebook(): boolean {
  return displayWriter() !== undefined;
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
  displayWriter()?.({ data: encode(bundle), metadata, transient: {} }, false);
}

/** A place in the cell's output whose content can be replaced: for what changes while a cell runs. */
export function openDisplay(): { show(bundle: MimeBundle): void } {
  const display_id = randomUUID();
  let shown = false;
  return {
    show(bundle) {
      displayWriter()?.({ data: encode(bundle), metadata: {}, transient: { display_id } }, shown);
      shown = true;
    },
  };
}

/** Shows a PNG. `width`, `height`: size on the page in CSS pixels, where the picture has more. */
export function showPng(
  png: Uint8Array,
  { width, height, alt = 'picture' }: { width?: number; height?: number; alt?: string } = {},
): void {
  const size = { ...(width ? { width } : {}), ...(height ? { height } : {}) };
  const metadata = width || height ? { 'image/png': size } : {};
  showBundle({ 'image/png': png, 'text/plain': `<${alt}>` }, { metadata });
}

/** Shows HTML. */
export function showHtml(html: string): void {
  showBundle({ 'text/html': html });
}

/** Shows Markdown, formulas between $ signs included. */
export function showMarkdown(markdown: string): void {
  showBundle({ 'text/markdown': markdown, 'text/plain': markdown });
}
