import type { NormalisationName } from '../pictures/normalise.js';

/** Pictures that are painted at once. */
export const PAINTED = 4;

/** Side in pixels of the pictures that encoders see: as notebook 05 has it, twice that of their training. */
export const SEEN_SIZE = 128;

/** What the playground's page is told about the files beside it. */
export interface PlaygroundAbout {
  encoders: { name: string; file: string; normalisation: NormalisationName; width: number; patch: number }[];
  /** concepts with a sheet of four pictures, `images/set-NAME.webp` */
  sets: string[];
  /** what each scene of `images/scenes.webp` shows; `features.bin` has [scenes, width] of one encoder after the other */
  neighbours: string[];
  /** side of a scene on that sheet */
  thumb: number;
  /** captions to begin with */
  captions: string[];
}
