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
  }: LbfgsOptions = {},
): Promise<LbfgsResult> {
  const size = start.length;
  let x: Float64Array = Float64Array.from(start);
  let gradient: Float64Array = new Float64Array(size);
  let value = await objective(x, gradient);
  let evaluations = 1;
  const pairs: { s: Float64Array; y: Float64Array; rho: number }[] = [];
  const values: number[] = [];

  for (let iteration = 0; ; iteration++) {
    const result = (converged: boolean): LbfgsResult => ({ x, value, iterations: iteration, evaluations, converged });
    if (!Number.isFinite(value)) throw new RangeError(`minimizeLbfgs: f is ${value} at iteration ${iteration}`);
    if (largestEntry(gradient) <= tolerance) return result(true);
    values.push(value);
    if (iteration >= 10 && values[iteration - 10] - value <= 10 * relativeDecrease * Math.abs(value))
      return result(true);
    if (iteration === maxIterations) return result(false);

    let direction = descentDirection(gradient, pairs);
    let slope = dot(direction, gradient);
    if (slope >= 0) {
      pairs.length = 0;
      direction = gradient.map((g) => -g);
      slope = -dot(gradient, gradient);
    }
    const firstStep = pairs.length > 0 ? 1 : Math.min(1, 1 / Math.sqrt(-slope));
    const search = await strongWolfe(objective, { x, value, slope, direction, firstStep, maxLineSearch });
    evaluations += search.evaluations;
    if (!search.found) return result(false);

    const s = search.x.map((next, i) => next - x[i]);
    const y = search.gradient.map((next, i) => next - gradient[i]);
    const sy = dot(s, y);
    if (sy > 1e-12 * dot(y, y)) {
      pairs.push({ s, y, rho: 1 / sy });
      if (pairs.length > memory) pairs.shift();
    }
    ({ x, gradient, value } = search);
  }
}

/** −H·g by the two-loop recursion. */
function descentDirection(gradient: Float64Array, pairs: { s: Float64Array; y: Float64Array; rho: number }[]) {
  const q = gradient.map((g) => -g);
  const alphas: number[] = [];
  for (let k = pairs.length - 1; k >= 0; k--) {
    const { s, y, rho } = pairs[k];
    alphas[k] = rho * dot(s, q);
    addScaled(q, y, -alphas[k]);
  }
  const last = pairs.at(-1);
  if (last) {
    const scale = 1 / (last.rho * dot(last.y, last.y));
    for (let i = 0; i < q.length; i++) q[i] *= scale;
  }
  pairs.forEach(({ s, y, rho }, k) => {
    addScaled(q, s, alphas[k] - rho * dot(y, q));
  });
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
    x: Float64Array;
    value: number;
    slope: number;
    direction: Float64Array;
    firstStep: number;
    maxLineSearch: number;
  },
) {
  const [c1, c2] = [1e-4, 0.9];
  const { direction, slope: slope0, value: value0, maxLineSearch } = line;
  let evaluations = 0;
  const at = async (step: number): Promise<LinePoint> => {
    evaluations++;
    const x = line.x.map((entry, i) => entry + step * direction[i]);
    const gradient = new Float64Array(x.length);
    const value = await objective(x, gradient);
    return { step, x, gradient, value, slope: dot(gradient, direction) };
  };
  const decreases = (point: LinePoint) => point.value <= value0 + c1 * point.step * slope0;
  const isFlat = (point: LinePoint) => Math.abs(point.slope) <= -c2 * slope0;

  let low: LinePoint = { step: 0, x: line.x, gradient: line.x, value: value0, slope: slope0 };
  let high: LinePoint | undefined;
  let trial = line.firstStep;
  while (evaluations < maxLineSearch) {
    const point = await at(trial);
    if (!decreases(point) || (point.value >= low.value && low.step > 0) || !Number.isFinite(point.value)) {
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

function dot(a: Float64Array, b: Float64Array): number {
  let sum = 0;
  for (let i = 0; i < a.length; i++) sum += a[i] * b[i];
  return sum;
}

function addScaled(target: Float64Array, source: Float64Array, scale: number): void {
  for (let i = 0; i < target.length; i++) target[i] += scale * source[i];
}

function largestEntry(a: Float64Array): number {
  let largest = 0;
  for (const entry of a) if (!(Math.abs(entry) <= largest)) largest = Math.abs(entry);
  return largest;
}
