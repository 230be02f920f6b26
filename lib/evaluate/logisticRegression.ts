import { InputError } from '../errors.js';
import { type Arithmetic, type Link, openCrossEntropy } from './crossEntropy.js';
import type { FeatureSet } from './features.js';
import { type LbfgsOptions, minimizeLbfgs } from './lbfgs.js';
import { multiplyTransposed, transposed } from './multiplyTransposed.js';

/** A linear classifier: logits = features · weight + bias. */
export interface LinearClassifier {
  /** [width, classes] */
  readonly weight: Float64Array;
  /** [classes] */
  readonly bias: Float64Array;
  readonly width: number;
  readonly classes: number;
}

export interface LogisticRegressionFit extends LinearClassifier {
  readonly lambda: number;
  /** Mean cross-entropy + λ/(2·count)·‖weight‖²: what was minimised. */
  readonly objective: number;
  readonly iterations: number;
  readonly evaluations: number;
  readonly converged: boolean;
}

export type LogisticRegressionOptions = { lambda: number; arithmetic?: Arithmetic } & LbfgsOptions;

/**
 * Multinomial logistic regression with an L2 penalty: minimises Σ cross-entropy + (λ/2)‖weight‖², intercept free,
 * which is scikit-learn's and cuML's objective with C = 1/λ (spec §5.2). Always a softmax: with two classes it equals
 * the one-vector form with half the λ. Where rows may be of several classes (`relevant`, VOC2007), one-vs-rest: a binary regression a class, all of the
 * same λ, minimised at once.
 *
 * `lambda` has no default: the paper searches it (`sweepLogisticRegression`).
 */
export async function fitLogisticRegression(
  train: FeatureSet,
  { arithmetic, ...options }: LogisticRegressionOptions,
): Promise<LogisticRegressionFit> {
  const prepared = await prepareLogisticRegression(train, { arithmetic });
  try {
    return await prepared.fit(options);
  } finally {
    await prepared.release();
  }
}

/** A training set made ready, so that many λ share one preparation. */
export interface PreparedLogisticRegression {
  fit(options: { lambda: number } & LbfgsOptions): Promise<LogisticRegressionFit>;
  release(): Promise<void>;
}

/**
 * Features are centred, which changes only the free intercept: an offset would slow L-BFGS down. Nothing else is done to
 * them; callers standardise. (Rotating them to the eigenvectors of their covariance and scaling each direction by its
 * curvature was tried, on encoder features too: it takes as many steps as standardised columns, or more.)
 *
 * Where λ is so small that the classes separate, no solver arrives: what it returns then depends on its path and on its
 * stopping rule, ours as much as any.
 */
export async function prepareLogisticRegression(
  train: FeatureSet,
  { arithmetic = 'float64' }: { arithmetic?: Arithmetic } = {},
): Promise<PreparedLogisticRegression> {
  const { count: n, width: d, classes: k } = train;
  const { mean, x } = centre(train);
  const link: Link = train.relevant ? 'sigmoid' : 'softmax';
  const target = train.relevant ?? oneHot(train);
  const { crossEntropy, release } = await openCrossEntropy({ x, target, link, n, d, k }, arithmetic);
  const noise = arithmetic === 'engine' ? 1e-6 : 1e-15;

  return {
    release,
    async fit({ lambda, ...options }) {
      if (!(lambda > 0 && Number.isFinite(lambda))) {
        throw new InputError({
          where: 'fitLogisticRegression',
          expected: 'lambda > 0 (C = 1/lambda)',
          found: String(lambda),
          fix: 'take a value of logSpacedLambdas()',
        });
      }
      // Unknowns: weights [k, d], then intercepts [k].
      const objective = async (w: Float64Array, gradient: Float64Array): Promise<number> => {
        const { loss, weightGradient, biasGradient } = await crossEntropy(w.subarray(0, k * d), w.subarray(k * d));
        let square = 0;
        for (let i = 0; i < k * d; i++) {
          square += w[i] * w[i];
          gradient[i] = weightGradient[i] + (lambda / n) * w[i];
        }
        gradient.set(biasGradient, k * d);
        return loss + (0.5 * lambda * square) / n;
      };
      const result = await minimizeLbfgs(objective, new Float64Array(k * d + k), { noise, ...options });

      // Back to the caller's features: bias = b − mean·weight.
      const weight = transposed(result.x.subarray(0, k * d), k, d);
      const bias = result.x.slice(k * d);
      for (let c = 0; c < k; c++) for (let j = 0; j < d; j++) bias[c] -= mean[j] * weight[j * k + c];
      const { value, iterations, evaluations, converged } = result;
      return { weight, bias, width: d, classes: k, lambda, objective: value, iterations, evaluations, converged };
    },
  };
}

/** x: [n, d] with columns of mean 0 */
function centre({ features, count: n, width: d }: FeatureSet): { mean: Float64Array; x: Float64Array } {
  const mean = new Float64Array(d);
  for (let i = 0; i < n; i++) for (let j = 0; j < d; j++) mean[j] += features[i * d + j] / n;
  const x = new Float64Array(n * d);
  for (let i = 0; i < n; i++) for (let j = 0; j < d; j++) x[i * d + j] = features[i * d + j] - mean[j];
  return { mean, x };
}

function oneHot({ labels, count, classes }: FeatureSet): Uint8Array {
  const target = new Uint8Array(count * classes);
  for (let i = 0; i < count; i++) target[i * classes + labels[i]] = 1;
  return target;
}

/** Logits [count, classes] of a linear classifier. */
export function predictLogits(
  { weight, bias, width, classes }: LinearClassifier,
  { features, count, width: found }: Pick<FeatureSet, 'features' | 'count' | 'width'>,
): Float64Array {
  if (found !== width) throw new RangeError(`predictLogits: a classifier of ${width} features got ${found}`);
  const logits = multiplyTransposed(
    new Float64Array(features),
    transposed(weight, width, classes),
    new Float64Array(count * classes),
    { m: count, n: classes, depth: width },
  );
  for (let i = 0; i < logits.length; i++) logits[i] += bias[i % classes];
  return logits;
}
