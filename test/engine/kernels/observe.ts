import { tf } from '../../../lib/engine/index.js';
import { TRACE_BACKEND, type TraceBackend } from '../../../lib/engine/traceBackend.js';

/** What a trace went through. */
export interface Observation {
  /** The kernels that were recorded, each with the ONNX operators that it recorded. */
  readonly kernels: ReadonlyMap<string, ReadonlySet<string>>;
  /** The kernels whose gradient was taken. */
  readonly gradients: ReadonlySet<string>;
}

/** Runs `body` and watches every kernel of the tracing backend and every registered gradient. */
export function observe(body: () => void): Observation {
  const kernels = new Map<string, Set<string>>();
  const gradients = new Set<string>();
  const rules = tf.getKernelsForBackend(TRACE_BACKEND);
  const configs = kernelNames()
    .map((name) => tf.getGradient(name))
    .filter((config) => config !== undefined);
  try {
    for (const rule of rules) replaceRule(watchRule(rule, kernels));
    for (const config of configs) replaceGradient(watchGradient(config, gradients));
    body();
  } finally {
    rules.forEach(replaceRule);
    configs.forEach(replaceGradient);
  }
  return { kernels, gradients };
}

/** The names of TensorFlow.js's kernels: tfjs-core exports each of them as a constant that is its own name. */
export const kernelNames = (): string[] =>
  Object.entries(tf)
    .filter(([name, value]) => name === value)
    .map(([name]) => name)
    .sort((a, b) => a.replace('_', '').localeCompare(b.replace('_', '')));

function watchRule(rule: tf.KernelConfig, kernels: Map<string, Set<string>>): tf.KernelConfig {
  return {
    ...rule,
    kernelFunc: (params) => {
      const { nodes } = (params.backend as unknown as TraceBackend).record();
      const before = nodes.length;
      const result = rule.kernelFunc(params);
      const operators = kernels.get(rule.kernelName) ?? new Set();
      for (const { op } of nodes.slice(before)) operators.add(op);
      kernels.set(rule.kernelName, operators);
      return result;
    },
  };
}

function watchGradient(config: tf.GradConfig, gradients: Set<string>): tf.GradConfig {
  return {
    ...config,
    gradFunc: (dy, saved, attrs) => {
      const takes = Object.entries(config.gradFunc(dy, saved, attrs));
      const watched = ([input, take]: [string, () => tf.Tensor]): [string, () => tf.Tensor] => [
        input,
        () => {
          gradients.add(config.kernelName);
          return take();
        },
      ];
      return Object.fromEntries(takes.map(watched));
    },
  };
}

function replaceRule(rule: tf.KernelConfig): void {
  tf.unregisterKernel(rule.kernelName, TRACE_BACKEND);
  tf.registerKernel(rule);
}

function replaceGradient(config: tf.GradConfig): void {
  tf.unregisterGradient(config.kernelName);
  tf.registerGradient(config);
}
