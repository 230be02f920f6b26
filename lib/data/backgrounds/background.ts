import type { Rng } from '../../random/rng.js';
import type { Canvas } from '../canvas.js';

/** A place that scenes are set in. */
export interface Background {
  /** The name in labels and in plain captions. */
  readonly name: string;
  /** Other words that mean this place in a caption, the name first. */
  readonly words: readonly string[];
  /** How captions place something there: 'in a meadow'. */
  readonly phrases: readonly string[];
  /** Paints every pixel; which variant is drawn depends on `rng` alone, not on the size. */
  draw(canvas: Canvas, rng: Rng): void;
}
