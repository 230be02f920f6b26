// The pipeline on a model folder, resident: says that it is ready, and then samples whenever a line of JSON asks for it.
//   node sampling/ours.mjs MODEL cpu|xla|…     stdin: {"prompts", "seed", "steps", "guidance", "out": FILE or null}
//   stdout: {"ms": time, "cpuMs": of the processor} a line; `out`: the last samples, float32 [images, 3, size, size]
import { writeFileSync } from 'node:fs';
import { createInterface } from 'node:readline';
import { openPipeline } from '../../lib/dist/diffusion/index.js';

const say = (message) => process.stdout.write(`${JSON.stringify(message)}\n`);
const pipeline = await openPipeline(process.argv[2], { providers: [process.argv[3]], log: () => {} });
say({ batch: pipeline.batch });
for await (const line of createInterface({ input: process.stdin })) {
  const { out, ...options } = JSON.parse(line);
  const last = [];
  const onStep = (step, _, samples) => {
    if (step === options.steps) last.push(Buffer.from(samples.buffer, samples.byteOffset, samples.byteLength));
  };
  /** The images that were asked for: the last batch may be filled up. */
  const asked = () => Buffer.concat(last).subarray(0, (options.prompts.length * last[0].length) / pipeline.batch);
  const start = performance.now();
  const cpu = process.cpuUsage();
  await pipeline.generate({ ...options, imagesPerPrompt: 1, onStep: out ? onStep : undefined });
  const ms = performance.now() - start;
  const { user, system } = process.cpuUsage(cpu);
  if (out) writeFileSync(out, asked());
  say({ ms, cpuMs: (user + system) / 1000 });
}
