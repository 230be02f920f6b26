import { InputError } from '../errors.js';
import { systemProblem } from '../runs/systemProblem.js';
import { readSetCaptions } from './imageSet.js';
import { readImageSetConfig } from './imageSetManifest.js';
import { makeShard } from './imageShard.js';
import { openPipeline } from './pipeline.js';
import type { ShardProcessMessage, ShardProcessSettings } from './shardProcess.js';

// The program of a worker process: it is told the numbers of shards, and answers with their records. Ctrl-C reaches the
// whole terminal; the process that started us decides what it means. When that one is gone, so are we.
const { model, provider, batch, sampler, out } = JSON.parse(process.argv[2]) as ShardProcessSettings;
process.on('SIGINT', () => {});
process.once('disconnect', () => process.exit());

const say = (message: ShardProcessMessage) => process.send?.(message);

const start = async () => {
  const config = readImageSetConfig(out);
  const pipeline = await openPipeline(model, { providers: [provider], batch, ...sampler, log: () => {} });
  const found = await pipeline.fingerprint();
  if (found !== config.model) {
    throw new InputError({
      where: model,
      expected: `the model of the image set, ${config.model}`,
      found,
      fix: 'open the pipeline with the settings of its folder, leave the folder alone meanwhile, or use one worker',
    });
  }
  return { pipeline, config, captions: readSetCaptions(out, config) };
};

let started: ReturnType<typeof start> | undefined;
process.on('message', async (index: number) => {
  try {
    started ??= start();
    const { pipeline, config, captions } = await started;
    say({ record: await makeShard({ pipeline, out, config, captions, index, onMade: (made) => say({ made }) }) });
  } catch (error) {
    const problem = systemProblem(error);
    if (!problem) return say({ failed: { stack: (error as Error).stack ?? String(error) } });
    const { where, expected, found, fix } = problem;
    say({ failed: { where, expected, found, fix } });
  }
});
