import { existsSync } from 'node:fs';
import path from 'node:path';
import sharp from 'sharp';
import type { Figure } from '../figures/figure.js';
import { imgTag, type PagePicture } from '../notebook/html.js';
import { readJson, sha256, writeWhole } from '../runs/files.js';
import { projectPath } from '../runs/paths.js';

/** The kinds of traces that the small Plotly, which is on the site, draws. */
const DRAWN_KINDS = ['scatter', 'bar', 'pie'];

/** The pictures of the site: each once, as WebP without loss, which takes half the room of PNG. */
export function sitePictures(out: string) {
  const waiting: Promise<unknown>[] = [];
  const written = new Set<string>();
  const figures = new Set<string>();

  const addressOf = (bytes: Buffer): string => {
    const address = `images/${sha256(bytes).slice(0, 12)}.webp`;
    if (!written.has(address)) {
      written.add(address);
      const webp = sharp(bytes, { animated: true }).webp({ lossless: true, effort: 4 }).toBuffer();
      waiting.push(webp.then((content) => writeWhole(path.join(out, address), content)));
    }
    return address;
  };

  return {
    /** `img` of some picture of the repository or of a cell */
    img(bytes: Buffer, about: Pick<PagePicture, 'alt' | 'width' | 'height'>): string {
      return imgTag(addressOf(bytes), about).replace('<img ', '<img loading="lazy" decoding="async" ');
    },
    /** A picture that a cell showed; where it is a committed figure, with its data and, if it is a chart, to explore. */
    figure(picture: PagePicture): string {
      const img = this.img(Buffer.from(picture.base64, 'base64'), picture);
      const name = /^Figure ([\w-]+):/.exec(picture.alt)?.[1];
      const file = name && projectPath('figures', `${name}.json`);
      if (!file || !existsSync(file)) return `<figure>${img}</figure>`;
      const { figure } = readJson<{ figure?: Figure }>(file);
      const chart = figure !== undefined && isChart(figure);
      if (chart && !figures.has(name)) {
        const call = `synclrFigure(${JSON.stringify(name)},${JSON.stringify(figure)})`;
        writeWhole(path.join(out, 'figures', `${name}.js`), call);
      }
      figures.add(name);
      const explore = chart ? `<button class="explore" type="button" data-figure="${name}">Explore</button>` : '';
      const data = `<a href="files/figures/${name}.json" download>data</a>`;
      return `<figure class="${chart ? 'chart' : 'plain'}">${img}<figcaption>${explore}${data}</figcaption></figure>`;
    },
    /** the names of the figures whose data the pages link to */
    figures,
    /** Ends when all are written. */
    finish: () => Promise.all(waiting),
  };
}

export type SitePictures = ReturnType<typeof sitePictures>;

function isChart({ data }: Figure): boolean {
  return data.length > 0 && data.every(({ type }) => DRAWN_KINDS.includes(String(type ?? 'scatter')));
}
