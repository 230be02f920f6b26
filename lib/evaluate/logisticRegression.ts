import { InputError } from '../errors.js';
import { type Arithmetic, openCrossEntropy } from './crossEntropy.js';
import type { FeatureSet } from './features.js';
import { type LbfgsOptions, minimizeLbfgs } from './lbfgs.js';
import { multiplyTransposed, transposed } from './multiplyTransposed.js';
import { symmetricEigen } from './symmetricEigen.js';

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

/**
 * Multinomial logistic regression with an L2 penalty: minimises Σ cross-entropy + (λ/2)‖weight‖², intercept free,
 * which is scikit-learn's and cuML's objective with C = 1/λ (spec 5.2). Always a softmax: with two classes it equals
 * the one-vector form with half the λ.
 *
 * `lambda` has no default: the paper searches it (`sweepLogisticRegression`).
 */
export async function fitLogisticRegression(
  train: FeatureSet,
  { lambda, arithmetic, ...options }: { lambda: number; arithmetic?: Arithmetic } & LbfgsOptions,
): Promise<LogisticRegressionFit> {
  const prepared = await prepareLogisticRegression(train, { arithmetic });
  try {
    return await prepared.fit({ lambda, ...options });
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
 * The penalty does not change under rotations of the features, and the free intercept absorbs any shift. So we centre,
 * rotate to the eigenvectors of the covariance, and divide each direction by the square root of its curvature at zero
 * weights, eigenvalue·(1/K)(1 − 1/K) + λ/n. The minimiser is the same; L-BFGS reaches it in far fewer steps, because
 * features of an encoder are strongly correlated. (Where λ is so small that the classes separate, no solver arrives: what
 * it returns then also depends on its path and on its stopping rule, ours as much as any.)
 */
export async function prepareLogisticRegression(
  train: FeatureSet,
  { arithmetic = 'float64' }: { arithmetic?: Arithmetic } = {},
): Promise<PreparedLogisticRegression> {
  const { count: n, width: d, classes: k, labels } = train;
  const { mean, vectors, eigenvalues, x, xT } = rotate(train);
  const { crossEntropy, release } = await openCrossEntropy({ x, xT, labels, n, d, k }, arithmetic);
  const scaled = new Float64Array(k * d);

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
      const curvature = eigenvalues.map((value) => Math.max(0, value) * (1 / k) * (1 - 1 / k) + lambda / n);
      const stretch = curvature.map((value) => 1 / Math.sqrt(value));

      // Unknowns u: [k, d] scaled weights, then [k] intercepts.
      const objective = async (u: Float64Array, gradient: Float64Array): Promise<number> => {
        let penalty = 0;
        for (let i = 0; i < k * d; i++) {
          scaled[i] = u[i] * stretch[i % d];
          penalty += scaled[i] ** 2;
        }
        const { loss, weightGradient, biasGradient } = await crossEntropy(scaled, u.subarray(k * d));
        for (let i = 0; i < k * d; i++) gradient[i] = (weightGradient[i] + (lambda / n) * scaled[i]) * stretch[i % d];
        gradient.set(biasGradient, k * d);
        return loss + (0.5 * lambda * penalty) / n;
      };

      const result = await minimizeLbfgs(objective, new Float64Array(k * d + k), options);

      // Back to the caller's features: weight = Qᵀ·(u∘stretch), bias = b − mean·weight.
      const rows = new Float64Array(k * d);
      for (let i = 0; i < k * d; i++) rows[i] = result.x[i] * stretch[i % d];
      const weight = multiplyTransposed(transposed(vectors, d, d), rows, new Float64Array(d * k), {
        m: d,
        n: k,
        depth: d,
      });
      const bias = result.x.slice(k * d);
      for (let c = 0; c < k; c++) for (let j = 0; j < d; j++) bias[c] -= mean[j] * weight[j * k + c];
      const { value, iterations, evaluations, converged } = result;
      return { weight, bias, width: d, classes: k, lambda, objective: value, iterations, evaluations, converged };
    },
  };
}

/** Centred features in the eigenbasis of their covariance, x: [n, d] and xT: [d, n]. */
function rotate({ features, count: n, width: d }: FeatureSet) {
  const mean = new Float64Array(d);
  for (let i = 0; i < n; i++) for (let j = 0; j < d; j++) mean[j] += features[i * d + j] / n;
  const centredT = new Float64Array(n * d);
  for (let i = 0; i < n; i++) for (let j = 0; j < d; j++) centredT[j * n + i] = features[i * d + j] - mean[j];
  const covariance = multiplyTransposed(centredT, centredT, new Float64Array(d * d), { m: d, n: d, depth: n });
  for (let i = 0; i < d * d; i++) covariance[i] /= n;
  const { values: eigenvalues, vectors } = symmetricEigen(covariance, d);
  const centred = transposed(centredT, d, n);
  const xT = multiplyTransposed(vectors, centred, new Float64Array(n * d), { m: d, n, depth: d });
  return { mean, vectors, eigenvalues, xT, x: transposed(xT, d, n) };
}

/** Logits [count, classes] of a linear classifier. */
export function predictLogits(
  { weight, bias, width, classes }: LinearClassifier,
  { features, count, width: found }: Pick<FeatureSet, 'features' | 'count' | 'width'>,
): Float64Array {
  if (found !== width) throw new RangeError(`predictLogits: a classifier of ${width} features got ${found}`);
  const logits = multiplyTransposed(
    Float64Array.from(features),
    transposed(weight, width, classes),
    new Float64Array(count * classes),
    { m: count, n: classes, depth: width },
  );
  for (let i = 0; i < logits.length; i++) logits[i] += bias[i % classes];
  return logits;
}
