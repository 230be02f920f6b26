import { Command } from 'commander';
import { readCaptionLog } from '../captions/index.js';
import { generateImageSet, openPipeline, type SetCaption } from '../diffusion/index.js';
import { projectPath } from '../runs/paths.js';
import { generatorFolder } from '../tiers/generator.js';
import { promptCaptions } from '../tiers/images.js';
import { onInterrupt } from './interrupt.js';

/** `synclr generate`: stage 2, several images of every caption, as shards. */
export function generateCommand(): Command {
  return new Command('generate')
    .description('make images of captions with a text-to-image model (resumes; stop it with Ctrl-C)')
    .option('--model <folder>', "a model in diffusers' ONNX layout", generatorFolder('laptop'))
    .option('--captions <file>', 'a caption log; all its captions (default: those that the laptop tier uses)')
    .option('--images <n>', 'images of each caption (§3.2: 4)', Number, 4)
    .option('--guidance <w>', 'classifier-free guidance (§3.2: 2.5)', Number, 2.5)
    .option('--steps <n>', 'denoising steps', Number, 25)
    .option('--seed <n>', 'seed of the noises', Number, 0)
    .option('--out <folder>', 'the image set', projectPath('runs', 'laptop', 'images'))
    .action(async ({ model, captions, images, guidance, steps, seed, out }) => {
      const pipeline = await openPipeline(model);
      const set = await generateImageSet({
        pipeline,
        captions: captions ? logCaptions(captions) : promptCaptions('laptop'),
        out,
        seed,
        imagesPerCaption: images,
        guidance,
        steps,
        signal: onInterrupt('run the same command again to go on'),
      });
      await pipeline.release();
      process.stdout.write(`${set.captions.length} captions × ${set.imagesPerCaption} images in ${out}\n`);
    });
}

function logCaptions(file: string): SetCaption[] {
  return readCaptionLog(file).records.map(({ index, caption, concept }) => ({
    id: String(index),
    text: caption,
    concept,
  }));
}
