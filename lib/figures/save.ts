import path from 'node:path';
import { InputError } from '../errors.js';
import { showBundle, showPng } from '../runs/display.js';
import { fromEnvironment } from '../runs/environment.js';
import { writeJson, writeWhole } from '../runs/files.js';
import { runsPath } from '../runs/paths.js';
import { describeFigure } from './altText.js';
import { compactPng } from './compactPng.js';
import type { Figure } from './figure.js';
import { interactiveBundle } from './interactive.js';
import { type ImageSize, openRenderer, type Renderer } from './render.js';

/** The browser takes seconds to start, so a process shares one; it never keeps the process running. */
let shared: Promise<Renderer> | undefined;

async function renderer(): Promise<Renderer> {
  if ((await shared?.catch(() => undefined))?.gone()) shared = undefined;
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
  /** `figuresFolder()` by default */
  folder?: string;
}

interface ShowOptions extends SaveOptions, ImageSize {
  /** a figure to zoom and to point at, instead of a picture */
  interactive?: boolean;
  /** what it shows, for readers who cannot see it; `describeFigure` by default */
  alt?: string;
}

/**
 * Where figures go: what SYNCLR_FIGURES names, or `runs/figures`. Only `reproduce` at its default tier names `figures/`, so
 * that reading, and trying other parameters, leaves the committed ones alone.
 */
export function figuresFolder(): string {
  return fromEnvironment('SYNCLR_FIGURES') ?? runsPath('figures');
}

function target(name: string, folder: string): string {
  if (!/^[\w-]+$/.test(name)) {
    throw new InputError({
      where: 'the name of a figure, which its files have',
      expected: 'letters, digits, - and _',
      found: `"${name}"`,
      fix: `call it "${name.replace(/[^\w-]+/g, '-') || 'figure'}", say`,
    });
  }
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
 * Saves a figure and, in a notebook, shows it at its size: a picture (in fewer colours than that of the file), or one to
 * zoom (`interactive`), which takes about a megabyte of the notebook.
 */
export async function showFigure(name: string, figure: Figure, options: ShowOptions): Promise<void> {
  const { interactive = false, alt = describeFigure(name, figure), ...rest } = options;
  const { png } = await saveFigure(name, figure, rest);
  if (interactive) return showBundle(interactiveBundle(figure, { png, alt }));
  const { width = figure.layout.width, height = figure.layout.height } = options;
  showPng(await compactPng(png), { width, height, alt });
}

/** Writes `<name>.png` and `<name>.json` ({data}): for pictures that Plotly did not draw. */
export function saveImage(name: string, png: Uint8Array, { data, folder = figuresFolder() }: SaveOptions): void {
  const file = target(name, folder);
  writeJson(`${file}.json`, { data });
  writeWhole(`${file}.png`, png);
}
