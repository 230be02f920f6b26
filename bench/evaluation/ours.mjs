// Our side of run.mjs: one line of JSON in, one fit, one line of JSON out.
//   node ours.mjs features.bin labels.bin COUNT WIDTH CLASSES
import { readFileSync } from 'node:fs';
import { createInterface } from 'node:readline';

const { argmaxRows, featureSet, fitLogisticRegression, predictLogits } = await import(
  process.env.SYNCLR_DIST ?? '../../lib/dist/evaluate/index.js'
);
const [features, labels, ...sizes] = process.argv.slice(2);
const [n, d, k] = sizes.map(Number);
const bytes = (file) => Uint8Array.from(readFileSync(file)).buffer;
const train = featureSet(new Float32Array(bytes(features)), new Int32Array(bytes(labels)), { classes: k });
const say = (message) => process.stdout.write(`${JSON.stringify(message)}\n`);

/** Objective and largest entry of its gradient, in float64. */
function quality({ weight, bias }, lambda) {
  const residual = predictLogits({ weight, bias, width: d, classes: k }, train);
  let loss = 0;
  for (let i = 0; i < n; i++) {
    const row = residual.subarray(i * k, (i + 1) * k);
    const peak = row.reduce((most, z) => Math.max(most, z));
    const own = row[train.labels[i]];
    const total = row.reduce((sum, z) => sum + Math.exp(z - peak), 0);
    loss += Math.log(total) + peak - own;
    for (let c = 0; c < k; c++) row[c] = Math.exp(row[c] - peak) / total;
    row[train.labels[i]] -= 1;
  }
  const gradient = weight.map((w) => (lambda / n) * w);
  const biasGradient = new Float64Array(k);
  for (let i = 0; i < n; i++)
    for (let c = 0; c < k; c++) {
      const r = residual[i * k + c] / n;
      biasGradient[c] += r;
      for (let j = 0; j < d; j++) gradient[j * k + c] += r * train.features[i * d + j];
    }
  const square = weight.reduce((sum, w) => sum + w * w, 0);
  const largest = (a) => a.reduce((most, x) => Math.max(most, Math.abs(x)), 0);
  return {
    objective: (loss + 0.5 * lambda * square) / n,
    gradient: Math.max(largest(gradient), largest(biasGradient)),
  };
}

say({ ready: true });
for await (const line of createInterface({ input: process.stdin })) {
  const { lambda, tolerance } = JSON.parse(line);
  const [before, cpu] = [performance.now(), process.cpuUsage()];
  const fit = await fitLogisticRegression(train, { lambda, tolerance, arithmetic: 'engine', relativeDecrease: 0 });
  const seconds = (performance.now() - before) / 1000;
  const used = process.cpuUsage(cpu);
  const cpuSeconds = (used.user + used.system) / 1e6;
  const predicted = [...argmaxRows(predictLogits(fit, train), k)];
  say({ seconds, cpuSeconds, iterations: fit.iterations, ...quality(fit, lambda), predicted });
}
