import { existsSync, readFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { InputError } from '../errors.js';
import { cachePath } from '../runs/cachePath.js';
import { sha256, writeWhole } from '../runs/files.js';
import { progress } from '../runs/progress.js';
import type { WorldConcept } from './concepts.js';
import { FAMILIES, type Family, openFamily } from './families.js';
import { renderSprite } from './spriteRender.js';

/** Raise it when the drawing of sprites changes: old caches are then built anew. */
const FORMAT = 'synclr-sprites-1';

/** A square picture, RGB premultiplied by alpha: data [size, size, 4]. */
export interface Sprite {
  readonly size: number;
  readonly data: Uint8Array;
}

/** Sprites of one size, by concept and by whose drawing it is. */
export interface SpriteSource<Drawer extends string = Family> {
  readonly size: number;
  /** Throws InputError where these sprites hold no such drawing. */
  get(concept: string, drawer: Drawer): Sprite;
}

export interface Sprites extends SpriteSource {
  readonly concepts: readonly WorldConcept[];
  readonly families: readonly Family[];
  has(concept: string, family: Family): boolean;
}

interface CacheHeader {
  format: string;
  size: number;
  /** Versions of the packages the drawings come from. */
  versions: Record<string, string>;
  /** `concept/family`, in the order of the bytes. */
  sprites: string[];
  sha256: string;
}

/**
 * The sprites of some concepts in some families, from the cache `sprites-<hash>.bin` (of `cachePath`), which is built on first
 * use, under a progress bar (about 10 ms a sprite and core), and is written whole or not at all. A cache that is damaged is built anew.
 *
 * @param size  side in pixels; 96 serves scenes of 64 pixels
 */
export async function loadSprites({
  concepts,
  families = FAMILIES,
  size = 96,
  cacheFolder,
}: {
  concepts: readonly WorldConcept[];
  families?: readonly Family[];
  size?: number;
  cacheFolder?: string;
}): Promise<Sprites> {
  if (!(Number.isInteger(size) && size >= 8 && size <= 1024)) {
    throw new InputError({
      where: 'loadSprites: size',
      expected: 'a whole number of pixels from 8 to 1024',
      found: String(size),
      fix: 'use about 1.5 times the side of the scenes',
    });
  }
  const opened = families.map(openFamily);
  const entries = concepts.flatMap((concept) =>
    opened.flatMap((family) => {
      const icon = concept.icons[family.family];
      return icon === undefined ? [] : [{ id: `${concept.name}/${family.family}`, icon, family }];
    }),
  );
  const wanted = {
    format: FORMAT,
    size,
    versions: Object.fromEntries(opened.map((family) => [family.family, family.version])),
    sprites: entries.map((entry) => entry.id),
  };
  const icons = entries.map((entry) => entry.icon);
  const name = `sprites-${sha256(JSON.stringify([wanted, icons])).slice(0, 16)}.bin`;
  const file = cacheFolder ? path.join(cacheFolder, name) : cachePath(name);
  let pixels = readCache(file, wanted);
  if (!pixels) {
    pixels = await renderAll(entries, size);
    writeCache(file, { ...wanted, sha256: sha256(pixels) }, pixels);
  }
  const step = size * size * 4;
  const byId = new Map<string, Sprite>();
  for (const [i, id] of wanted.sprites.entries()) {
    byId.set(id, { size, data: pixels.subarray(i * step, (i + 1) * step) });
  }
  return {
    size,
    concepts,
    families,
    has: (concept, family) => byId.has(`${concept}/${family}`),
    get(concept, family) {
      const sprite = byId.get(`${concept}/${family}`);
      if (sprite) return sprite;
      throw new InputError({
        where: `sprite '${concept}' in family '${family}'`,
        expected: `a concept and family among the loaded ${concepts.length} concepts × ${families.join(', ')}`,
        found: 'no such sprite',
        fix: 'load it with loadSprites, or leave that family out for this concept',
      });
    },
  };
}

async function renderAll(
  entries: readonly { icon: string; family: { svg(icon: string): string } }[],
  size: number,
): Promise<Uint8Array> {
  const pixels = new Uint8Array(entries.length * size * size * 4);
  const bar = progress({ label: 'drawing sprites', total: entries.length, unit: 'sprites' });
  let next = 0;
  const worker = async () => {
    while (next < entries.length) {
      const i = next++;
      pixels.set(await renderSprite(entries[i].family.svg(entries[i].icon), size), i * size * size * 4);
      bar.tick();
    }
  };
  await Promise.all(Array.from({ length: Math.min(4, os.availableParallelism()) }, worker));
  bar.done();
  return pixels;
}

/** Layout: 4 bytes little-endian length of the header, the header as JSON, the pixels. */
function writeCache(file: string, header: CacheHeader, pixels: Uint8Array): void {
  const text = Buffer.from(JSON.stringify(header));
  const length = Buffer.alloc(4);
  length.writeUInt32LE(text.length);
  writeWhole(file, Buffer.concat([length, text, pixels]));
}

/** The pixels, or undefined where there is no sound cache of exactly what is wanted. */
function readCache(file: string, wanted: Omit<CacheHeader, 'sha256'>): Uint8Array | undefined {
  if (!existsSync(file)) return undefined;
  const bytes = readFileSync(file);
  if (bytes.length < 4) return undefined;
  const end = 4 + bytes.readUInt32LE(0);
  let header: CacheHeader;
  try {
    header = JSON.parse(bytes.subarray(4, end).toString()) as CacheHeader;
  } catch {
    return undefined;
  }
  const { sha256: hash, ...rest } = header;
  const pixels = new Uint8Array(bytes.buffer, bytes.byteOffset + end, Math.max(0, bytes.length - end));
  return JSON.stringify(rest) === JSON.stringify(wanted) && sha256(pixels) === hash ? pixels : undefined;
}
