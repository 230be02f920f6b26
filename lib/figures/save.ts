import path from 'node:path';
import { showBundle } from '../runs/display.js';
import { writeJson, writeWhole } from '../runs/files.js';
import { projectPath } from '../runs/paths.js';
import { compactPng } from './compactPng.js';
import type { Figure } from './figure.js';
import { type ImageSize, openRenderer, type Renderer } from './render.js';

/** The browser takes seconds to start, so a process shares one; it never keeps the process running. */
let shared: Promise<Renderer> | undefined;

function renderer(): Promise<Renderer> {
  shared ??= openRenderer().catch((error) => {
    shared = undefined;
    throw error;
  });
  return shared;
}

/** Closes the shared browser now instead of at the end of the process. */
export async function closeRenderer(): Promise<void> {
  const open = shared;
  shared = undefined;
  await (await open)?.close();
}

interface SaveOptions {
  /** what the figure was made from, as computed; kept beside it */
  data: unknown;
  /** `figures/` by default */
  folder?: string;
}

/** Where figures go: `figures/`, or what SYNCLR_FIGURES names (the smoke tier leaves the committed ones alone). */
export function figuresFolder(): string {
  return process.env.SYNCLR_FIGURES ?? projectPath('figures');
}

function target(name: string, folder: string): string {
  if (!/^[\w-]+$/.test(name)) throw new Error(`A figure's name is letters, digits, - and _; found "${name}".`);
  return path.join(folder, name);
}

/**
 * Draws a figure and writes `<name>.svg`, `<name>.png` (2 pixels a CSS pixel) and `<name>.json`: {figure, data}.
 * Each file is whole or absent.
 */
export async function saveFigure(
  name: string,
  figure: Figure,
  { data, folder = figuresFolder(), ...size }: SaveOptions & ImageSize,
): Promise<{ png: Buffer; svg: string }> {
  const file = target(name, folder);
  const draw = await renderer();
  const png = await draw.png(figure, size);
  const svg = await draw.svg(figure, { ...size, scale: 1 });
  writeJson(`${file}.json`, { figure, data });
  writeWhole(`${file}.svg`, svg);
  writeWhole(`${file}.png`, png);
  return { png, svg };
}

/**
 * Saves a figure and, in a notebook, shows it: the PNG for every viewer, in fewer colours than that of the file, and Plotly's JSON for those that can draw it
 * interactively. (Figures full of pictures are shown as PNG only: their JSON would store each picture twice.)
 */
export async function showFigure(name: string, figure: Figure, options: SaveOptions & ImageSize): Promise<void> {
  const { png } = await saveFigure(name, figure, options);
  const { width = figure.layout.width, height = figure.layout.height } = options;
  const hasPictures = Array.isArray(figure.layout.images) && figure.layout.images.length > 0;
  const plotly = hasPictures ? {} : { 'application/vnd.plotly.v1+json': { ...figure, config: {} } };
  showBundle(
    { 'image/png': await compactPng(png), ...plotly, 'text/plain': `<figure ${name}>` },
    { metadata: { 'image/png': { width, height } } },
  );
}

/** Writes `<name>.png` and `<name>.json` ({data}): for pictures that Plotly did not draw. */
export function saveImage(name: string, png: Uint8Array, { data, folder = figuresFolder() }: SaveOptions): void {
  const file = target(name, folder);
  writeJson(`${file}.json`, { data });
  writeWhole(`${file}.png`, png);
}
