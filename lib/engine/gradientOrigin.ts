import { tf } from './tf.js';

/** The forward operation whose gradient was being taken when an error was thrown. */
export interface GradientOrigin {
  /** e.g. `Relu`; empty for a gradient that tf.customGrad defines */
  readonly kernel: string;
  /** made where the operation was called: its stack holds the user's line */
  readonly at: Error;
}

interface TapeNode {
  gradient?: (dys: tf.Tensor[]) => Record<string, () => tf.Tensor>;
}

/** The part of TensorFlow.js's engine that writes down what a gradient goes through, from its private interface. */
interface Tape {
  addTapeNode(kernel: string, ...rest: unknown[]): void;
  readonly state: { activeTape: TapeNode[] };
}

/**
 * Runs `body` so that an error thrown by a gradient can be traced back to its forward operation. The stack of such an
 * error only leads to the line that asked for all gradients, so each operation on the tape remembers its own line.
 */
export function followGradients<T>(body: (originOf: (error: object) => GradientOrigin | undefined) => T): T {
  const origins = new WeakMap<object, GradientOrigin>();
  const tape = tf.engine() as unknown as Tape;
  const inherited = tape.addTapeNode;
  tape.addTapeNode = function (kernel, ...rest) {
    inherited.call(this, kernel, ...rest);
    const node = this.state.activeTape[this.state.activeTape.length - 1];
    const origin = { kernel: tf.getKernel(kernel, tf.getBackend()) ? kernel : '', at: new Error() };
    const guard = <U>(take: () => U): U => {
      try {
        return take();
      } catch (error) {
        if (error instanceof Error && !origins.has(error)) origins.set(error, origin);
        throw error;
      }
    };
    const { gradient } = node;
    node.gradient = (dys) =>
      guard(() => {
        if (!gradient) throw new Error('it has no gradient');
        const inputs = Object.entries(gradient(dys));
        return Object.fromEntries(inputs.map(([name, take]) => [name, () => guard(take)]));
      });
  };
  try {
    return body((error) => origins.get(error));
  } finally {
    tape.addTapeNode = inherited;
  }
}
