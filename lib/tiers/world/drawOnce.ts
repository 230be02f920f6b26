import type { SceneSet } from '../../data/scenes.js';

/** Scenes by index, each drawn when it is first asked for, and kept. [size, size, 3] */
export function drawOnce({ render }: Pick<SceneSet, 'render'>): (index: number) => Uint8Array {
  const drawn = new Map<number, Uint8Array>();
  return (index) => {
    const image = drawn.get(index) ?? render(index).image;
    drawn.set(index, image);
    return image;
  };
}
