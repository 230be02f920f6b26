import { afterEach, describe, expect, it, vi } from 'vitest';
import {
  type CompileOptions,
  compile,
  type HostTensors,
  hostTensor,
  type NamedTensors,
  type Step,
  scalar,
  tf,
} from '../../lib/engine/index.js';
import { runtimeMessage } from '../../lib/engine/runtimeMessage.js';
import { TRACE_BACKEND } from '../../lib/engine/traceBackend.js';
import { InputError } from '../../lib/errors.js';
import { linear, valueAndGrads } from '../../lib/nn/index.js';

const a = hostTensor(Float32Array.of(1, -2, 3, -4), [2, 2]);
const specs = { a: { shape: [2, 2] } };

/** `file:line`, `below` lines under the caller, as errors write it. */
function here(below: number): string {
  const frame = (new Error().stack as string)
    .split('\n')
    .find((line) => /errors\.test\.ts/.test(line) && !/here/.test(line));
  const line = Number(/:(\d+):\d+\)?$/.exec(frame as string)?.[1]);
  return `test/engine/errors.test.ts:${line + below}`;
}

async function failure(promise: Promise<unknown>): Promise<InputError> {
  const error = await promise.then(
    () => undefined,
    (thrown) => thrown,
  );
  expect(error).toBeInstanceOf(InputError);
  return error;
}

const traced = (outputs: (inputs: NamedTensors) => NamedTensors, options: CompileOptions = { inputs: specs }) =>
  compile((_, inputs) => ({ state: {}, outputs: outputs(inputs) }), { device: 'onnx', name: 'toy', ...options });

describe('what cannot be traced is told with the line of the user', () => {
  it('a kernel without a rule', async () => {
    const line = here(1);
    const error = await failure(traced((inputs) => ({ y: tf.unique(tf.reshape(inputs.a, [4])).values })));
    expect(error.where).toBe(`toy, ${line}`);
    expect(error.found).toContain("kernel 'Unique'");
    expect(error.fix).toContain('lib/engine/kernels');
  });

  it('a kernel under many operations of TensorFlow.js', async () => {
    const line = here(2);
    const deep = (x: tf.Tensor, depth: number): tf.Tensor =>
      tf.tidy(() => (depth ? deep(x, depth - 1) : tf.unique(x).values));
    const error = await failure(traced((inputs) => ({ y: deep(tf.reshape(inputs.a, [4]), 6) })));
    expect(error.where).toBe(`toy, ${line}`);
  });

  it('arguments that a rule does not take', async () => {
    const line = here(1);
    const error = await failure(traced((inputs) => ({ y: tf.add(inputs.a, tf.zeros([3])) })));
    expect(error.where).toBe(`toy, ${line}`);
    expect(error.expected).toContain("kernel 'Add'");
    expect(error.found).toBe('shapes [2,2] and [3] do not broadcast');
  });

  it('the caller of a layer, not the layer', async () => {
    const line = here(3);
    const error = await failure(
      traced((inputs) => ({
        y: linear({ 'fc.weight': tf.ones([2, 2]), 'fc.bias': tf.zeros([3]) }, 'fc', inputs.a),
      })),
    );
    expect(error.where).toBe(`toy, ${line}`);
  });

  it('a name that is not there', async () => {
    const line = here(1);
    const error = await failure(traced((inputs) => ({ y: tf.mul(inputs.a, inputs.b) })));
    expect(error.where).toBe(`toy, ${line}`);
    expect(error.expected).toContain("argument 'b' of tf.mul");
  });

  it('a tensor made outside', async () => {
    const outside = tf.ones([2]);
    const line = here(1);
    const error = await failure(traced((inputs) => ({ y: tf.mul(inputs.a, outside) })));
    outside.dispose();
    expect(error.where).toBe(`toy, ${line}`);
    expect(error.found).toBe('a tensor [2] made outside the step');
  });
});

describe('what a gradient cannot do is told with the forward operation', () => {
  const stepRule = tf.getKernel('Step', TRACE_BACKEND);
  const tanhGradient = tf.getGradient('Tanh');
  afterEach(() => {
    if (!tf.getKernel('Step', TRACE_BACKEND)) tf.registerKernel(stepRule);
    if (!tf.getGradient('Tanh')) tf.registerGradient(tanhGradient);
  });
  const gradientOf = (loss: (x: tf.Tensor) => tf.Tensor) =>
    compile(
      (state) => ({ state, outputs: valueAndGrads((p) => ({ loss: tf.sum(loss(p.a)) as tf.Scalar }), state).grads }),
      {
        state: { a },
        inputs: {},
        device: 'onnx',
        name: 'toy',
      },
    );

  it('a kernel that only the backward pass needs', async () => {
    tf.unregisterKernel('Step', TRACE_BACKEND);
    const line = here(3);
    const loss = (x: tf.Tensor) => {
      const doubled = tf.mul(x, 2);
      const y = tf.relu(doubled);
      return tf.square(y);
    };
    const error = await failure(gradientOf(loss));
    expect(error.where).toBe(`toy, ${line}, in the gradient of kernel 'Relu'`);
    expect(error.found).toContain("kernel 'Step'");
  });

  it('a gradient that does not exist', async () => {
    tf.unregisterGradient('Tanh');
    const line = here(1);
    const error = await failure(gradientOf((x) => tf.tanh(x)));
    expect(error.where).toBe(`toy, ${line}, in the gradient of kernel 'Tanh'`);
    expect(error.found).toBe('it has no gradient');
  });

  it('a custom gradient that reads a value', async () => {
    const custom = tf.customGrad((x, save) => {
      (save as (tensors: tf.Tensor[]) => void)([x as tf.Tensor]);
      return { value: tf.square(x as tf.Tensor), gradFunc: (dy: tf.Tensor) => tf.mul(dy, dy.dataSync()[0]) };
    });
    const line = here(1);
    const error = await failure(gradientOf((x) => custom(x)));
    expect(error.where).toBe(`toy, ${line}, in the gradient of a custom operation`);
    expect(error.fix).toContain('tf.where(condition, a, b)');
  });

  it('leaves TensorFlow.js as it was', async () => {
    const before = tf.getBackend();
    await failure(gradientOf((x) => tf.unique(tf.reshape(x, [4])).values));
    expect(tf.getBackend()).toBe(before);
    expect(Error.stackTraceLimit).toBeLessThan(100);
    const gradient = tf.grad((x) => tf.relu(x))(tf.tensor1d([-1, 2]));
    expect([...gradient.dataSync()]).toEqual([0, 1]);
    const step = await gradientOf((x) => tf.relu(x));
    expect([...(await step.run({})).a.data]).toEqual([1, 0, 1, 0]);
    await step.release();
  });
});

describe('a traced tensor has no value', () => {
  const READS: Record<string, (x: tf.Tensor) => unknown> = {
    dataSync: (x) => x.dataSync(),
    arraySync: (x) => x.arraySync(),
    print: (x) => x.print(),
    data: (x) => x.data(),
    array: (x) => x.array(),
  };
  for (const [name, read] of Object.entries(READS)) {
    it(`which ${name}() is told`, async () => {
      const line = here(1);
      const reads = (x: tf.Tensor) => read(x);
      const error = await failure(
        traced((inputs) => {
          reads(inputs.a);
          return { y: inputs.a };
        }),
      );
      const at = Number(line.split(':')[1]);
      // The innermost line of this file is the one in READS.
      expect(Number(error.where.split(':')[1])).toBeLessThan(at);
      expect(error.where).toContain('toy, test/engine/errors.test.ts');
      expect(error.found).toContain('a traced tensor [2,2] was read');
      expect(error.fix).toContain('tf.where(condition, a, b)');
    });
  }

  it('which an asynchronous step is told where it waits', async () => {
    const line = here(2);
    const waits = async (_: NamedTensors, inputs: NamedTensors) => {
      const [first] = await inputs.a.data();
      return { state: {}, outputs: { y: tf.scalar(first) } };
    };
    const error = await failure(compile(waits as unknown as Step, { inputs: specs, device: 'onnx' }));
    expect(error.where).toBe(`step, ${line}`);
  });
});

describe('random operations', () => {
  const RANDOM: Record<string, (x: tf.Tensor) => tf.Tensor> = {
    randomNormal: (x) => tf.randomNormal(x.shape),
    randomUniform: (x) => tf.randomUniform(x.shape, 0, 1, 'float32', 1),
    truncatedNormal: (x) => tf.truncatedNormal(x.shape),
    randomGamma: (x) => tf.randomGamma(x.shape, 1),
    dropout: (x) => tf.dropout(x, 0.5),
    rand: (x) => tf.rand(x.shape, () => 0.5),
  };
  for (const [name, draw] of Object.entries(RANDOM)) {
    it(`tf.${name} must be an input`, async () => {
      const error = await failure(traced((inputs) => ({ y: tf.add(inputs.a, draw(inputs.a)) })));
      expect(error.found).toBe(`tf.${name}`);
      expect(error.where).toContain('errors.test.ts');
      expect(error.fix).toContain('as an input');
    });
  }

  it('tf.multinomial too, which is a kernel', async () => {
    const error = await failure(traced((inputs) => ({ y: tf.multinomial(inputs.a as tf.Tensor2D, 3) })));
    expect(error.found).toBe("random kernel 'Multinomial'");
  });

  it('dropout that drops nothing is fine', async () => {
    const step = await traced((inputs) => ({ y: tf.dropout(inputs.a, 0) }));
    expect((await step.run({ a })).y).toEqual(a);
    await step.release();
  });
});

for (const device of ['onnx', 'cpu'] as const) {
  describe(`what goes in and out of a step, on ${device}`, () => {
    const identity: Step = (state, inputs) => ({ state, outputs: inputs });
    const state: HostTensors = { w: a, n: scalar(0) };
    const compiled = (step: Step = identity, options: CompileOptions = {}) =>
      compile(step, { inputs: specs, state, device, name: 'toy', ...options });

    it('names the input', async () => {
      const step = await compiled();
      const cases: [HostTensors, string, string][] = [
        [{ a: hostTensor(new Float32Array(2), [2]) }, 'toy, input "a"', 'float32 [2]'],
        [{ a: hostTensor(new Int32Array(4), [2, 2]) }, 'toy, input "a"', 'int32 [2,2]'],
        [{ a: { ...a, data: new Float32Array(3) } }, 'toy, input "a"', 'float32 [2,2] with 3 numbers'],
        [{ a: { ...a, data: new Int32Array(4) } }, 'toy, input "a"', 'float32 [2,2] with a Int32Array'],
        [{}, 'toy, input "a"', 'nothing'],
        [{ a, b: a }, 'toy, inputs', 'also b'],
      ];
      for (const [inputs, where, found] of cases)
        expect(await failure(step.run(inputs))).toMatchObject({ where, found });
      expect((await step.run({ a })).a).toEqual(a);
      await step.release();
    });

    it('names the entry of a loaded state, and loads nothing of it', async () => {
      const step = await compiled();
      const { n, ...rest } = state;
      const load = async (given: HostTensors) => step.load(given);
      expect(await failure(load(rest))).toMatchObject({
        where: 'toy, state "n"',
        expected: 'float32 []',
        found: 'nothing',
      });
      expect(await failure(load({ ...state, more: n }))).toMatchObject({
        where: 'toy, state "more"',
        expected: 'nothing',
      });
      expect(await failure(load({ w: scalar(1), n: scalar(1) }))).toMatchObject({
        where: 'toy, state "w"',
        found: 'float32 []',
      });
      expect(await step.state()).toEqual(state);
      await step.release();
    });

    it('names the entry of a returned state', async () => {
      const broken = async (next: (s: NamedTensors) => NamedTensors) => {
        const step = await compiled((s, inputs) => ({ state: next(s), outputs: inputs }));
        await step.run({ a });
      };
      expect(await failure(broken((s) => ({ ...s, w: tf.sum(s.w) })))).toMatchObject({
        where: 'toy, returned state "w"',
        expected: 'float32 [2,2]',
        found: 'float32 []',
      });
      expect(await failure(broken((s) => ({ ...s, n: tf.cast(s.n, 'int32') })))).toMatchObject({ found: 'int32 []' });
      expect(await failure(broken(({ w }) => ({ w })))).toMatchObject({
        where: 'toy, returned state "n"',
        found: 'nothing',
      });
      expect(await failure(broken((s) => ({ ...s, v: s.n })))).toMatchObject({ where: 'toy, returned state "v"' });
    });

    it('wants tensors, and a step that gives them back at once', async () => {
      const broken = async (step: unknown) => {
        const made = await compiled(step as Step);
        await made.run({ a });
      };
      expect(await failure(broken(async () => ({ state: {}, outputs: {} })))).toMatchObject({ found: 'a promise' });
      expect(await failure(broken(() => undefined))).toMatchObject({
        where: 'toy, returned state',
        found: 'undefined',
      });
      expect(await failure(broken((s: NamedTensors) => ({ state: s })))).toMatchObject({
        where: 'toy, returned outputs',
      });
      expect(await failure(broken((s: NamedTensors) => ({ state: s, outputs: { loss: 3 } })))).toMatchObject({
        where: 'toy, returned outputs "loss"',
        found: '3',
      });
    });

    it('names an output of `finite` that there is not', async () => {
      const run = async () => (await compiled(identity, { finite: ['loss'] })).run({ a });
      expect(await failure(run())).toMatchObject({
        where: 'toy, option finite',
        expected: 'names of outputs: a',
        found: 'loss',
      });
    });

    it('stops at NaN with the step, keeps the last good state, and goes on from there', async () => {
      const sum: Step = (s, inputs) => ({
        state: { w: tf.add(s.w, inputs.a), n: tf.add(s.n, 1) },
        outputs: { loss: tf.sum(tf.add(s.w, inputs.a)) },
      });
      const step = await compiled(sum, { finite: ['loss'] });
      await step.run({ a });
      await step.run({ a });
      const good = await step.state();
      const bad = hostTensor(Float32Array.of(1, Number.NaN, 1, 1), [2, 2]);
      const error = await failure(step.run({ a: bad }));
      expect(error).toMatchObject({ where: 'toy, step 2', expected: 'a finite loss', found: 'NaN' });
      expect(await step.state()).toEqual(good);
      await step.run({ a });
      expect([...(await step.state()).w.data]).toEqual([4, -8, 12, -16]);
      expect((await step.state()).n.data[0]).toBe(3);
      await step.release();
    });
  });
}

describe('what ONNX Runtime says', () => {
  it('is told without the place in its own source', () => {
    const source = '/onnxruntime_src/onnxruntime/core';
    const told = (message: string) => runtimeMessage(new Error(message));
    expect(told(`${source}/framework/bfc_arena.cc:360 void* A::Raw(size_t, bool) Failed to allocate (1) byte`)).toBe(
      'Failed to allocate (1) byte',
    );
    expect(
      told(`${source}/webgpu_context.cc:136 W::Init(const C&)::<lambda()> a == b was false. No adapter\n\nmore`),
    ).toBe('a == b was false. No adapter');
    expect(told('Load model failed: size() of a (b) ')).toBe('Load model failed: size() of a (b)');
  });
});

describe('what ONNX Runtime cannot do is told with the name of the step', () => {
  it('a graph that it does not open', async () => {
    // It has no product of integers with a transposition.
    const error = await failure(
      traced((inputs) => ({ y: tf.matMul(inputs.a, inputs.a, false, true) }), {
        inputs: { a: { shape: [2, 2], dtype: 'int32' } },
      }),
    );
    expect(error.where).toBe('toy, opening its graph on cpu');
    expect(error.found).toContain('int32');
    expect(error.expected).toBe('a graph that ONNX Runtime can run');
    expect(error.fix).toContain('device "cpu"');
  });

  it('memory that is not there, after which the step still works', async () => {
    // 2⁴⁸ bytes are more than the address space of a process.
    const n = 2 ** 23;
    const column = { a: hostTensor(new Float32Array(n), [n, 1]) };
    const huge = (inputs: NamedTensors) => ({ y: tf.sum(tf.exp(tf.add(inputs.a, tf.transpose(inputs.a)))) });
    const step = await traced(huge, {});
    const error = await failure(step.run(column));
    expect(error.where).toBe('toy, run on cpu');
    expect(error.expected).toBe('enough memory for the step');
    expect(error.found).toContain('Failed to allocate memory for requested buffer of size 281474976710656');
    expect(error.found).not.toContain('bfc_arena.cc');
    expect(error.fix).toContain('make the batch smaller');
    expect((await step.run({ a: scalar(0) })).y.data[0]).toBe(1);
    await step.release();
  });
});

it('rejects, and leaves no rejection without a handler', async () => {
  const unhandled = vi.fn();
  process.on('unhandledRejection', unhandled);
  await failure(traced((inputs) => ({ y: inputs.a, promise: inputs.a.data() as never })));
  await failure(
    compile((async () => Promise.reject(new Error('late'))) as unknown as Step, { inputs: specs, device: 'onnx' }),
  );
  await new Promise((resolve) => setTimeout(resolve, 20));
  process.off('unhandledRejection', unhandled);
  expect(unhandled).not.toHaveBeenCalled();
});
