import type { ImageEncoding } from '../data/shards/imageCodec.js';

/** Shard number `index`, without the ending. */
export const shardName = (index: number) => `shards/${String(index).padStart(5, '0')}`;

/** A caption of an image set; further fields (concept, template, …) are kept. */
export interface SetCaption {
  id: string;
  text: string;
  [field: string]: unknown;
}

/** What decides the bytes of a set. */
export interface ImageSetConfig {
  format: 'synclr-images-2';
  /** `fingerprint` of the pipeline */
  model: string;
  captionsSha256: string;
  captions: number;
  imagesPerCaption: number;
  size: number;
  guidance: number;
  steps: number;
  seed: number;
  /** images at once: another number may round differently */
  batch: number;
  encoding: ImageEncoding;
  /** captions in a shard */
  shardCaptions: number;
}

/** manifest.json, written when all shards are there. */
export interface ImageSetManifest {
  config: ImageSetConfig;
  images: number;
  /** captions that are longer than the text encoder reads */
  truncatedCaptions: number;
  shards: ShardRecord[];
}

/** What is known of a shard that is whole. It is written beside the shard, after it, and goes into the manifest. */
export interface ShardRecord {
  file: string;
  sha256: string;
  bytes: number;
  images: number;
  /** its first and last caption, by their places in the set */
  first: number;
  last: number;
  /** how many of them are longer than the text encoder reads */
  truncatedCaptions: number;
  /** SHA-256 of the set's config and of all the above: a record of other settings, or a damaged one, does not count */
  seal: string;
}
