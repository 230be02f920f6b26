import type { Judge } from '../../evaluate/judge/judgeOf.js';
import { PAINTED, type PlaygroundAbout } from '../playgroundAbout.js';
import { drawPicture } from './canvas.js';
import { byId, drawn, make, slider } from './elements.js';
import { openPainter, openWebJudge, type Painter } from './painter.js';
import { fetchJson } from './runtime.js';
import { percent } from './seer.js';

/** A caption becomes four pictures, step by step, and the judge says what they show. */
export function showPainting(): void {
  const caption = byId<HTMLInputElement>('caption');
  const [guidance, steps, seed] = ['guidance', 'steps', 'seed'].map((id) => slider(id));
  const say = (line: string) => {
    byId('paint-says').textContent = line;
  };
  const canvases = Array.from({ length: PAINTED }, (_, i) =>
    make('canvas', { width: 64, height: 64, ariaLabel: `Picture ${i + 1}` }),
  );
  const words = canvases.map(() => make('figcaption'));
  byId('paintings').append(...canvases.map((canvas, i) => make('figure', {}, canvas, words[i])));
  const captions = fetchJson<PlaygroundAbout>('models/about.json').then((about) => about.captions);
  captions.then((all) => byId('captions').append(...all.map((value) => make('option', { value }))));

  let painter: Promise<Painter> | undefined;
  let judge: Promise<Judge> | undefined;
  const paint = async () => {
    painter ??= openPainter((loaded, all) => say(`The generator: ${percent(loaded, all)} of ${megabytes(all)}`));
    const { paint, lost, size } = await painter;
    const text = caption.value.trim();
    for (const line of words) line.textContent = '';
    const start = performance.now();
    const count = steps();
    const images = await paint(text, {
      guidance: guidance(),
      steps: count,
      seed: seed(),
      look: async (step, pictures) => {
        for (const [i, image] of pictures.entries()) drawPicture(canvases[i], image, size);
        say(`Step ${step} of ${count}`);
        await drawn();
      },
    });
    const { unknown, truncated } = lost(text);
    const seconds = ((performance.now() - start) / 1000).toFixed(1);
    const notes = [
      `Painted in ${seconds} s.`,
      unknown > 0 ? `${unknown} of the words it does not know.` : '',
      truncated > 0 ? `${truncated} of the words did not fit.` : '',
    ];
    judge ??= openWebJudge((loaded, all) => say(`The judge: ${percent(loaded, all)} of ${megabytes(all)}`));
    const { concepts, backgrounds, judge: ask } = await judge;
    const verdict = await ask(images);
    words.forEach((line, i) => {
      const thing = best(verdict.concepts, i, [...concepts, 'none that I know']);
      const place = best(verdict.backgrounds, i, backgrounds);
      line.textContent = `${thing.name} ${percent(thing.share, 1)}, ${place.name} ${percent(place.share, 1)}`;
    });
    say(notes.filter(Boolean).join(' '));
  };

  const button = byId<HTMLButtonElement>('paint-it');
  byId('painting').addEventListener('submit', async (event) => {
    event.preventDefault();
    button.disabled = true;
    try {
      await paint();
    } catch (error) {
      [painter, judge] = [undefined, undefined];
      say(`It did not work: ${(error as Error).message}`);
    } finally {
      button.disabled = false;
    }
  });
  byId('another').addEventListener('click', async () => {
    const all = (await captions).filter((one) => one !== caption.value);
    caption.value = all[Math.floor(Math.random() * all.length)];
  });
}

const megabytes = (bytes: number) => `${(bytes / 1e6).toFixed(0)} MB`;

/** The likeliest answer of row i, with its probability. */
function best(rows: Float32Array, i: number, names: readonly string[]): { name: string; share: number } {
  const row = rows.subarray(i * names.length, (i + 1) * names.length);
  const at = row.indexOf(Math.max(...row));
  return { name: names[at], share: row[at] };
}
