import path from 'node:path';
import { InputError } from '../errors.js';
import { readJson } from '../runs/files.js';
import { type ImageSetConfig, readSetCaptions } from './imageSet.js';
import { makeShard } from './imageShard.js';
import { openPipeline } from './pipeline.js';
import type { ShardProcessMessage, ShardProcessSettings } from './shardProcess.js';

// The program of a worker process: it is told the numbers of shards, and answers with their records. Ctrl-C reaches the
// whole terminal; the process that started us decides what it means. When that one is gone, so are we.
const { model, provider, batch, sampler, out } = JSON.parse(process.argv[2]) as ShardProcessSettings;
process.on('SIGINT', () => {});
process.once('disconnect', () => process.exit());

const say = (message: ShardProcessMessage) => process.send?.(message);

const config = readJson<ImageSetConfig>(path.join(out, 'config.json'));
const start = async () => {
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
  return { pipeline, captions: readSetCaptions(out, config) };
};

let started: ReturnType<typeof start> | undefined;
process.on('message', async (index: number) => {
  try {
    started ??= start();
    const { pipeline, captions } = await started;
    say({ record: await makeShard({ pipeline, out, config, captions, index, onMade: (made) => say({ made }) }) });
  } catch (error) {
    if (!(error instanceof InputError)) return say({ failed: { stack: (error as Error).stack ?? String(error) } });
    const { where, expected, found, fix } = error;
    say({ failed: { where, expected, found, fix } });
  }
});
