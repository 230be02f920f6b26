import { stopSignal } from '../runs/cell.js';

/** f(x), writing its gradient into `gradient`. Both arrays have the length of the start point. May run on an engine. */
export type Objective = (x: Float64Array, gradient: Float64Array) => number | Promise<number>;

export interface LbfgsOptions {
  /** Pairs of differences kept. */
  memory?: number;
  /** Stop when no entry of the gradient is larger than this. */
  tolerance?: number;
  /** Stop when ten iterations together lowered f by less than ten times this share of it. */
  relativeDecrease?: number;
  maxIterations?: number;
  /** Evaluations allowed in one line search (50 in the paper's code, spec 5.2). */
  maxLineSearch?: number;
  /**
   * Relative rounding of f. Where a step changes f by no more than that, the slope decides instead (Hager & Zhang's
   * approximate Wolfe condition): slopes keep their digits where the difference of two losses has none left.
   */
  noise?: number;
}

export interface LbfgsResult {
  readonly x: Float64Array;
  readonly value: number;
  readonly iterations: number;
  readonly evaluations: number;
  /** False when it stopped at `maxIterations` or when rounding left no step that decreases f. */
  readonly converged: boolean;
}

/** Limited-memory BFGS (Nocedal & Wright, Algorithm 7.5) with a strong-Wolfe line search (3.5 and 3.6). */
export async function minimizeLbfgs(
  objective: Objective,
  start: Float64Array,
  {
    memory = 10,
    tolerance = 1e-6,
    relativeDecrease = 1e-9,
    maxIterations = 1000,
    maxLineSearch = 50,
    noise = 1e-15,
  }: LbfgsOptions = {},
): Promise<LbfgsResult> {
  const size = start.length;
  let x: Float64Array = start.slice();
  // Vectors are used again: large ones that are thrown away every step keep the garbage collector busy.
  const spare: Float64Array[] = [];
  const take = (): Float64Array => spare.pop() ?? new Float64Array(size);
  let gradient = take();
  let value = await objective(x, gradient);
  let evaluations = 1;
  const pairs: { s: Float64Array; y: Float64Array; rho: number }[] = [];
  const values: number[] = [];

  const signal = stopSignal();
  for (let iteration = 0; ; iteration++) {
    signal?.throwIfAborted();
    const result = (converged: boolean): LbfgsResult => ({ x, value, iterations: iteration, evaluations, converged });
    if (!Number.isFinite(value)) throw new RangeError(`minimizeLbfgs: f is ${value} at iteration ${iteration}`);
    if (largestEntry(gradient) <= tolerance) return result(true);
    values.push(value);
    if (iteration >= 10 && values[iteration - 10] - value <= 10 * relativeDecrease * Math.abs(value))
      return result(true);
    if (iteration === maxIterations) return result(false);

    const direction = descentDirection(take(), gradient, pairs);
    let slope = dot(direction, gradient);
    if (slope >= 0) {
      pairs.length = 0;
      negate(gradient, direction);
      slope = -dot(gradient, gradient);
    }
    const firstStep = pairs.length > 0 ? 1 : Math.min(1, 1 / Math.sqrt(-slope));
    const search = await strongWolfe(objective, { take, x, value, slope, direction, firstStep, maxLineSearch, noise });
    evaluations += search.evaluations;
    if (!search.found) return result(false);

    const [s, y] = [subtract(search.x, x, direction), subtract(search.gradient, gradient, gradient)];
    spare.push(x);
    const sy = dot(s, y);
    if (sy > 1e-12 * dot(y, y)) pairs.push({ s, y, rho: 1 / sy });
    else spare.push(s, y);
    if (pairs.length > memory) {
      const oldest = pairs.shift()!;
      spare.push(oldest.s, oldest.y);
    }
    ({ x, gradient, value } = search);
  }
}

/** −H·g by the two-loop recursion, into q. Each pass over q also takes the next product: memory traffic is what it costs. */
function descentDirection(
  q: Float64Array,
  gradient: Float64Array,
  pairs: { s: Float64Array; y: Float64Array; rho: number }[],
): Float64Array {
  negate(gradient, q);
  if (pairs.length === 0) return q;
  const newest = pairs.length - 1;
  const alphas: number[] = [];
  let product = dot(pairs[newest].s, q);
  for (let k = newest; k >= 0; k--) {
    alphas[k] = pairs[k].rho * product;
    product = addScaled(q, pairs[k].y, -alphas[k], pairs[Math.max(0, k - 1)].s);
  }
  const { y, rho } = pairs[newest];
  const scale = 1 / (rho * dot(y, y));
  for (let i = 0; i < q.length; i++) q[i] *= scale;
  product = dot(pairs[0].y, q);
  for (let k = 0; k <= newest; k++) {
    product = addScaled(q, pairs[k].s, alphas[k] - pairs[k].rho * product, pairs[Math.min(newest, k + 1)].y);
  }
  return q;
}

interface LinePoint {
  readonly step: number;
  readonly x: Float64Array;
  readonly gradient: Float64Array;
  readonly value: number;
  readonly slope: number;
}

/** A step with f(x + t·d) ≤ f + c₁·t·slope and |slope(t)| ≤ c₂·|slope|: bracket, then zoom by safeguarded cubics. */
async function strongWolfe(
  objective: Objective,
  line: {
    take: () => Float64Array;
    x: Float64Array;
    value: number;
    slope: number;
    direction: Float64Array;
    firstStep: number;
    maxLineSearch: number;
    noise: number;
  },
) {
  const [c1, c2] = [1e-4, 0.9];
  const { x: start, direction, slope: slope0, value: value0, maxLineSearch, noise } = line;
  let evaluations = 0;
  const at = async (step: number): Promise<LinePoint> => {
    evaluations++;
    const [x, gradient] = [line.take(), line.take()];
    for (let i = 0; i < x.length; i++) x[i] = start[i] + step * direction[i];
    const value = await objective(x, gradient);
    return { step, x, gradient, value, slope: dot(gradient, direction) };
  };
  const roundingOf = noise * Math.abs(value0);
  const decreases = (point: LinePoint) =>
    point.value <= value0 + c1 * point.step * slope0 ||
    (point.value <= value0 + roundingOf && point.slope <= (2 * c1 - 1) * slope0);
  const isFlat = (point: LinePoint) => Math.abs(point.slope) <= -c2 * slope0;

  let low: LinePoint = { step: 0, x: line.x, gradient: line.x, value: value0, slope: slope0 };
  let high: LinePoint | undefined;
  let trial = line.firstStep;
  while (evaluations < maxLineSearch) {
    const point = await at(trial);
    if (!decreases(point) || (point.value >= low.value + roundingOf && low.step > 0) || !Number.isFinite(point.value)) {
      high = point;
    } else if (isFlat(point)) {
      return { found: true, evaluations, ...point };
    } else if (high === undefined ? point.slope >= 0 : point.slope * (high.step - low.step) >= 0) {
      high = low;
      low = point;
    } else {
      low = point;
    }
    trial = high === undefined ? 2 * trial : between(low, high);
    if (high !== undefined && Math.abs(high.step - low.step) <= 1e-12 * Math.max(1, low.step)) break;
  }
  // No strong-Wolfe point within the budget: a point that decreases f still makes progress.
  return { found: low.step > 0, evaluations, ...low };
}

/** Minimiser of the cubic through both ends, kept inside the middle 80 % of the interval. */
function between(low: LinePoint, high: LinePoint): number {
  const width = high.step - low.step;
  const middle = low.step + 0.5 * width;
  if (!Number.isFinite(high.value) || !Number.isFinite(high.slope)) return middle;
  const d1 = low.slope + high.slope - (3 * (high.value - low.value)) / width;
  const inside = d1 * d1 - low.slope * high.slope;
  if (inside < 0) return middle;
  const d2 = Math.sign(width) * Math.sqrt(inside);
  const fraction = 1 - (high.slope + d2 - d1) / (high.slope - low.slope + 2 * d2);
  return fraction > 0.1 && fraction < 0.9 ? low.step + fraction * width : middle;
}

/** Four sums at a time: one alone waits for each addition to end. */
function dot(a: Float64Array, b: Float64Array): number {
  let [s0, s1, s2, s3] = [0, 0, 0, 0];
  const whole = a.length - (a.length % 4);
  for (let i = 0; i < whole; i += 4) {
    s0 += a[i] * b[i];
    s1 += a[i + 1] * b[i + 1];
    s2 += a[i + 2] * b[i + 2];
    s3 += a[i + 3] * b[i + 3];
  }
  for (let i = whole; i < a.length; i++) s0 += a[i] * b[i];
  return s0 + s1 + (s2 + s3);
}

/** Adds scale · source to `target`; returns the product of the result with `other`. */
function addScaled(target: Float64Array, source: Float64Array, scale: number, other: Float64Array): number {
  let [s0, s1] = [0, 0];
  const whole = target.length - (target.length % 2);
  for (let i = 0; i < whole; i += 2) {
    // Two constants, not a pair taken apart: that takes twice as long.
    const first = target[i] + scale * source[i];
    const second = target[i + 1] + scale * source[i + 1];
    target[i] = first;
    target[i + 1] = second;
    s0 += first * other[i];
    s1 += second * other[i + 1];
  }
  if (whole < target.length) {
    target[whole] += scale * source[whole];
    s0 += target[whole] * other[whole];
  }
  return s0 + s1;
}

// Plain loops: a callback an entry costs as much as the rest of an iteration.
function subtract(a: Float64Array, b: Float64Array, out: Float64Array): Float64Array {
  for (let i = 0; i < out.length; i++) out[i] = a[i] - b[i];
  return out;
}

function negate(a: Float64Array, out: Float64Array): void {
  for (let i = 0; i < out.length; i++) out[i] = -a[i];
}

function largestEntry(a: Float64Array): number {
  let largest = 0;
  for (let i = 0; i < a.length; i++) if (!(Math.abs(a[i]) <= largest)) largest = Math.abs(a[i]);
  return largest;
}
