import { existsSync } from 'node:fs';
import path from 'node:path';
import { type ModelProvider, modelProviders } from '../engine/providers.js';
import { InputError } from '../errors.js';
import { readJson } from '../runs/files.js';
import { fingerprintOf } from './fingerprint.js';
import type { OnnxModel } from './onnxModel.js';
import { modelFiles, openDenoiser } from './openDenoiser.js';
import { generateImages } from './sample.js';
import { openScheduler, type SchedulerName } from './schedulers/openScheduler.js';
import type { TextToImage } from './textToImage.js';

/**
 * Opens a text-to-image model in diffusers' ONNX layout: model_index.json, tokenizer/, text_encoder/, scheduler/, unet/
 * or transformer/ and, where it denoises latents, vae_decoder/. Stable Diffusion 1.5 is one, the small generator another.
 *
 * @param providers tried in this order; a line says which one it became (`log: () => {}` for silence)
 * @param scheduler another than the folder's: Stable Diffusion 1.5 ships with PNDM, published code used `'ddim'`
 * @param eta DDIM's noise (see `ddim`)
 * @param batch images at once, where the graphs leave it open (4)
 * @throws InputError naming a file that is missing, or an input that is not as it should be
 */
export async function openPipeline(
  folder: string,
  {
    providers = modelProviders(),
    scheduler: as,
    eta = 0,
    batch,
    log = console.log,
  }: {
    providers?: readonly ModelProvider[];
    scheduler?: SchedulerName;
    eta?: number;
    batch?: number;
    log?: (line: string) => void;
  } = {},
): Promise<TextToImage> {
  const files = modelFiles(folder);
  requireFiles(folder, files);
  const schedulerFile = path.join(folder, 'scheduler', 'scheduler_config.json');
  const scheduler = openScheduler(readJson(schedulerFile), {
    where: schedulerFile,
    as,
    eta,
    latent: files.includes('vae_decoder/model.onnx'),
  });
  const denoiser = await openDenoiser(folder, { providers, batch });
  const [{ provider, passedOver }] = denoiser.models;
  const reasons = passedOver.length > 0 ? ` (not ${passedOver.join('; not ')})` : '';
  log(`${path.basename(folder)} runs on ${provider}${reasons}${elsewhere(denoiser.models)}`);
  return {
    folder,
    provider,
    sampler: { scheduler: as, eta },
    batch: denoiser.batch,
    size: denoiser.size,
    generate: (options) => generateImages(denoiser, scheduler, options),
    fingerprint: () => fingerprintOf(folder, files, as || eta ? `scheduler ${as ?? scheduler.name}, eta ${eta}` : ''),
    async release() {
      for (const model of denoiser.models) await model.release();
    },
  };
}

/** Which of the other models run on another provider than the first. */
function elsewhere([network, ...others]: readonly OnnxModel[]): string {
  return others
    .filter(({ provider }) => provider !== network.provider)
    .map(({ file, provider, passedOver }) => {
      return `, ${path.basename(path.dirname(file))} on ${provider} (not ${passedOver.join('; not ')})`;
    })
    .join('');
}

function requireFiles(folder: string, files: readonly string[]): void {
  const missing = files.filter((name) => !existsSync(path.join(folder, name)));
  if (missing.length === 0) return;
  throw new InputError({
    where: folder,
    expected: `diffusers' ONNX layout: ${files.join(', ')}`,
    found: `no ${missing.join(', no ')}`,
    fix: 'name the folder that holds model_index.json; `synclr export-generator` makes one',
  });
}
