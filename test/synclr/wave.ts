import { type HostTensor, type HostTensors, hostTensor, sizeOf } from '../../lib/runs/hostTensor.js';

/** scale·sin(phase + 0.7·i + 0.013·i²) for the i-th number, rounded to float32, as in golden/make_losses.py. */
export function wave(shape: readonly number[], phase: number, scale = 1): HostTensor {
  return hostTensor(
    Float32Array.from({ length: sizeOf(shape) }, (_, i) => scale * Math.sin(phase + 0.7 * i + 0.013 * (i * i))),
    shape,
  );
}

/** The t-th parameter in name order is a wave of phase t, plus one where it is a gain; shapes by name. */
export function waveParameters(shapes: Record<string, readonly number[]>, scale: number): HostTensors {
  const isGain = (name: string) => (name.includes('norm') && name.endsWith('weight')) || name.endsWith('gain');
  return Object.fromEntries(
    Object.keys(shapes)
      .sort()
      .map((name, t) => {
        const { data, shape } = wave(shapes[name], t, scale);
        return [name, hostTensor(isGain(name) ? (data as Float32Array).map((x) => x + 1) : data, shape)];
      }),
  );
}

/** ‖a − b‖ / ‖b‖; plainly ‖a‖ where b is 0. */
export function distance(a: { data: ArrayLike<number> }, b: { data: ArrayLike<number> }): number {
  if (a.data.length !== b.data.length) return Number.POSITIVE_INFINITY;
  const [difference, norm] = Array.from(a.data, (x, i) => [(x - b.data[i]) ** 2, b.data[i] ** 2]).reduce(
    ([d, n], [x, y]) => [d + x, n + y],
    [0, 0],
  );
  return Math.sqrt(difference) / (Math.sqrt(norm) || 1);
}
