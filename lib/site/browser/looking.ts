import { type PlaygroundAbout, SEEN_SIZE } from '../playgroundAbout.js';
import { drawPicture, loadImage, pictureOf } from './canvas.js';
import { byId, drawn, make } from './elements.js';
import { fetchJson } from './runtime.js';
import { openSeer, type Seen, type Seer } from './seer.js';

const COLOURS = ['#222222', '#ffffff', '#d4503a', '#f0b63c', '#3f8f4e', '#3c7fc4', '#8a5a34'];
const PAPER = '#cfe3f2';

/** A picture, drawn or dropped, as every encoder sees it, and the real scenes that it finds nearest. */
export function showLooking(): void {
  const board = byId<HTMLCanvasElement>('board');
  const say = (line: string) => {
    byId('look-says').textContent = line;
  };
  const about = fetchJson<PlaygroundAbout>('models/about.json');
  let sheet: Promise<HTMLImageElement> | undefined;
  let seer: Promise<Seer> | undefined;
  let busy = false;

  const look = async (images: readonly Uint8Array[]) => {
    if (busy) return;
    busy = true;
    try {
      seer ??= about.then((told) => openSeer(told, say));
      const { neighbours, thumb } = await about;
      sheet ??= loadImage('images/scenes.webp');
      const scenes = await sheet;
      byId('seen').replaceChildren(
        rowOf(
          'The pictures',
          images.map((image) => canvasOf(image, SEEN_SIZE)),
        ),
      );
      const ask = await seer;
      await ask(images, async (one) => {
        byId('seen').append(seenRow(one, { scenes, thumb, neighbours }));
        await drawn();
      });
    } catch (error) {
      say(`It did not work: ${(error as Error).message}`);
    } finally {
      busy = false;
    }
  };

  drawing(board);
  byId('look-at-it').addEventListener('click', () => look([pictureOf(board, SEEN_SIZE, [0, 0, 256, 256])]));
  for (const button of document.querySelectorAll<HTMLButtonElement>('.set')) {
    button.addEventListener('click', async () => {
      const pictures = await loadImage(`images/set-${button.dataset.set}.webp`);
      look([0, 1, 2, 3].map((i) => pictureOf(pictures, SEEN_SIZE, [i * SEEN_SIZE, 0, SEEN_SIZE, SEEN_SIZE])));
    });
  }
  const take = async (file: File | undefined) => {
    if (!file) return;
    try {
      const bitmap = await createImageBitmap(file);
      const side = Math.min(bitmap.width, bitmap.height);
      const cut = [(bitmap.width - side) / 2, (bitmap.height - side) / 2, side, side] as const;
      board.getContext('2d')!.drawImage(bitmap, ...cut, 0, 0, 256, 256);
      look([pictureOf(bitmap, SEEN_SIZE, cut)]);
    } catch {
      say('That file is no picture that this browser can read.');
    }
  };
  byId<HTMLInputElement>('file').addEventListener('change', (event) =>
    take((event.target as HTMLInputElement).files?.[0]),
  );
  board.addEventListener('dragover', (event) => event.preventDefault());
  board.addEventListener('drop', (event) => {
    event.preventDefault();
    take(event.dataTransfer?.files[0]);
  });
}

function drawing(board: HTMLCanvasElement): void {
  const context = board.getContext('2d', { willReadFrequently: true })!;
  const clear = () => {
    context.fillStyle = PAPER;
    context.fillRect(0, 0, board.width, board.height);
  };
  let colour = COLOURS[2];
  byId('colours').append(
    ...COLOURS.map((value) => {
      const button = make('button', { type: 'button', ariaLabel: value, ariaPressed: String(value === colour) });
      button.style.background = value;
      button.addEventListener('click', () => {
        colour = value;
        for (const other of byId('colours').children) other.ariaPressed = String(other === button);
      });
      return button;
    }),
  );
  board.addEventListener('pointerdown', (event) => {
    board.setPointerCapture(event.pointerId);
    stroke(event);
  });
  board.addEventListener('pointermove', (event) => event.buttons > 0 && stroke(event));
  const stroke = ({ offsetX, offsetY, movementX, movementY, type }: PointerEvent) => {
    const scale = board.width / board.clientWidth;
    const [x, y] = [offsetX * scale, offsetY * scale];
    const back = type === 'pointerdown' ? 0 : scale;
    Object.assign(context, { strokeStyle: colour, lineWidth: 22, lineCap: 'round' });
    context.beginPath();
    context.moveTo(x - back * movementX, y - back * movementY);
    context.lineTo(x, y);
    context.stroke();
  };
  byId('clear').addEventListener('click', clear);
  clear();
}

function canvasOf(image: ArrayLike<number>, side: number): HTMLCanvasElement {
  const canvas = make('canvas');
  drawPicture(canvas, image, side);
  return canvas;
}

const rowOf = (name: string, canvases: HTMLCanvasElement[], ...more: Node[]) =>
  make(
    'section',
    { className: 'encoder' },
    make('h3', { textContent: name }),
    make('div', { className: 'pictures' }, ...canvases),
    ...more,
  );

function seenRow(
  { name, pca, nearest }: Seen,
  { scenes, thumb, neighbours }: { scenes: HTMLImageElement; thumb: number; neighbours: readonly string[] },
): HTMLElement {
  const [side] = pca.grid;
  const maps = pca.colours.map((colours) => Object.assign(canvasOf(colours, side), { className: 'patches' }));
  const near = nearest[0].map(({ scene, cosine }) => {
    const picture = canvasOf(pictureOf(scenes, thumb, [scene * thumb, 0, thumb, thumb]), thumb);
    return make(
      'figure',
      {},
      picture,
      make('figcaption', { textContent: `${neighbours[scene]} ${cosine.toFixed(2)}` }),
    );
  });
  const line = make('div', { className: 'pictures near' }, ...near);
  return rowOf(name, maps, make('p', { textContent: nearest.length > 1 ? 'Nearest to the first:' : 'Nearest:' }), line);
}
