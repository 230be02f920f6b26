import { afterEach, describe, expect, it, vi } from 'vitest';
import { chooseDevice, DEVICES, type DeviceProbes, openDevice } from '../../lib/engine/device.js';
import { eagerStep } from '../../lib/engine/eagerStep.js';
import { compile, describeDevice, tf } from '../../lib/engine/index.js';
import { firstThatWorks, type Machine, whatLacks } from '../../lib/engine/providers.js';
import { loadNative } from '../../lib/engine/tensorflow.js';
import { InputError } from '../../lib/errors.js';
import { toyInputs, toySpecs, toyState, toyStep } from './toyBlock.js';

afterEach(() => vi.unstubAllEnvs());

async function failure(promise: Promise<unknown>): Promise<InputError> {
  const error = await promise.then(
    () => undefined,
    (thrown) => thrown,
  );
  expect(error).toBeInstanceOf(InputError);
  return error;
}

/** A machine where nothing is lacking and everything works, but for what is said here. */
function probes({
  lacking = {},
  failing = {},
  gpu = true,
}: {
  lacking?: Record<string, string>;
  failing?: Record<string, string>;
  gpu?: boolean;
}): DeviceProbes & { tried: string[] } {
  const tried: string[] = [];
  return {
    tried,
    lacks: (provider) => lacking[provider],
    async tryProvider(provider) {
      tried.push(provider);
      if (failing[provider]) throw new Error(failing[provider]);
    },
    async loadNative(name) {
      if (failing[name]) throw new Error(failing[name]);
      return { gpu };
    },
    python: () => ({
      async ask() {
        if (failing.xla) throw new Error(failing.xla);
        return { header: { jax: '0', platform: 'gpu', device: 'a GPU' }, tensors: {} };
      },
    }),
  };
}

describe('the choice of a device', () => {
  it('is the option, else SYNCLR_DEVICE, else onnx', () => {
    vi.stubEnv('SYNCLR_DEVICE', undefined);
    expect(chooseDevice()).toBe('onnx');
    vi.stubEnv('SYNCLR_DEVICE', '');
    expect(chooseDevice()).toBe('onnx');
    vi.stubEnv('SYNCLR_DEVICE', 'cpu');
    expect(chooseDevice()).toBe('cpu');
    expect(chooseDevice('auto')).toBe('auto');
    for (const device of DEVICES) expect(chooseDevice(device)).toBe(device);
  });

  it('names the devices there are', () => {
    vi.stubEnv('SYNCLR_DEVICE', 'gpu');
    expect(() => chooseDevice()).toThrow(
      /one of onnx, onnx-cuda, onnx-webgpu, xla, tfjs-node-gpu, tfjs-node, cpu, or auto/,
    );
    expect(() => chooseDevice()).toThrow(/found: {4}gpu/);
  });

  it('is told once in one line, with the name of the step', async () => {
    vi.stubEnv('SYNCLR_DEVICE', 'cpu');
    const lines: string[] = [];
    const compiled = await compile(toyStep, {
      state: toyState,
      inputs: toySpecs,
      name: 'toy',
      onDevice: (line) => lines.push(line),
    });
    await compiled.run(toyInputs);
    expect(compiled.device).toBe('cpu');
    expect(lines).toEqual(['toy runs on cpu: TensorFlow.js in JavaScript, slow']);
    await compiled.release();
  });

  it('of onnx asks nothing of the machine', async () => {
    const machine = probes({ failing: { cpu: 'never' } });
    expect(await openDevice('onnx', machine)).toMatchObject({ device: 'onnx', provider: 'cpu' });
    expect(machine.tried).toEqual([]);
  });
});

describe('auto', () => {
  it('takes CUDA where it works', async () => {
    const machine = probes({});
    expect(await openDevice('auto', machine)).toEqual({
      device: 'onnx-cuda',
      provider: 'cuda',
      line: 'onnx-cuda: ONNX Runtime on an NVIDIA GPU',
    });
    expect(machine.tried).toEqual(['cuda']);
  });

  it('says why not, whether something is lacking or failing', async () => {
    const machine = probes({
      lacking: { cuda: 'its library is not installed' },
      failing: { webgpu: 'no adapter\n  at long length' },
    });
    expect(await describeDevice('auto', machine)).toBe(
      'onnx: ONNX Runtime on the CPU; not onnx-cuda: its library is not installed; not onnx-webgpu: no adapter',
    );
    expect(machine.tried).toEqual(['webgpu', 'cpu']);
  });

  it('finds a device on this machine, and the step runs on it', async () => {
    const compiled = await compile(toyStep, { state: toyState, inputs: toySpecs, device: 'auto' });
    expect(['onnx-cuda', 'onnx-webgpu', 'onnx']).toContain(compiled.device);
    const reference = await compile(toyStep, { state: toyState, inputs: toySpecs, device: 'cpu' });
    const [{ loss }, { loss: expected }] = [await compiled.run(toyInputs), await reference.run(toyInputs)];
    expect(Math.abs(loss.data[0] / expected.data[0] - 1)).toBeLessThan(1e-3);
    await compiled.release();
  });
});

describe('a device asked for by name is that one or none', () => {
  it('onnx-cuda and onnx-webgpu', async () => {
    const machine = probes({
      lacking: { cuda: 'its library is not installed' },
      failing: { webgpu: 'no adapter\nmore' },
    });
    expect(await failure(openDevice('onnx-cuda', machine))).toMatchObject({
      where: 'device onnx-cuda',
      found: 'cuda: its library is not installed',
    });
    expect(await failure(openDevice('onnx-webgpu', machine))).toMatchObject({ found: 'webgpu: no adapter' });
    expect(await openDevice('onnx-webgpu', probes({}))).toMatchObject({ device: 'onnx-webgpu', provider: 'webgpu' });
  });

  it('tfjs-node-gpu, which says when TensorFlow found no GPU', async () => {
    expect(await openDevice('tfjs-node-gpu', probes({}))).toEqual({
      device: 'tfjs-node-gpu',
      backend: 'tensorflow',
      line: "tfjs-node-gpu: TensorFlow's library on a GPU",
    });
    const without = probes({ gpu: false });
    expect(await describeDevice('tfjs-node-gpu', without)).toBe(
      "tfjs-node-gpu: TensorFlow's library on the CPU, since TensorFlow found no GPU",
    );
    expect(await describeDevice('tfjs-node', without)).toBe("tfjs-node: TensorFlow's library on the CPU");
  });
});

describe('what a provider lacks', () => {
  const machine = (platform: NodeJS.Platform, files: RegExp, env: Machine['env'] = {}): Machine => ({
    platform,
    arch: 'x64',
    env,
    exists: (file) => files.test(file),
  });
  const nothing = /^$/;

  it('CUDA: its library, of the name that the platform has', () => {
    expect(whatLacks('cuda', machine('linux', nothing))).toContain('--onnxruntime-node-install=cuda12');
    expect(whatLacks('cuda', machine('linux', /linux.x64.libonnxruntime_providers_cuda\.so$/))).toBeUndefined();
    expect(whatLacks('cuda', machine('win32', /win32.x64.onnxruntime_providers_cuda\.dll$/))).toBeUndefined();
  });

  it('WebGPU on Linux: a GPU, or a Vulkan driver named by hand', () => {
    expect(whatLacks('webgpu', machine('linux', nothing))).toBe('no GPU device');
    expect(whatLacks('webgpu', machine('linux', /^\/dev\/dri$/))).toBeUndefined();
    expect(whatLacks('webgpu', machine('linux', nothing, { VK_DRIVER_FILES: '/swiftshader.json' }))).toBeUndefined();
    expect(whatLacks('webgpu', machine('darwin', nothing))).toBeUndefined();
  });

  it('the CPU: nothing', () => {
    expect(whatLacks('cpu', machine('linux', nothing))).toBeUndefined();
  });

  it('is all told when no provider is left', async () => {
    const open = async () => {
      throw new Error('broken file\nand more');
    };
    const error = await failure(
      firstThatWorks(['cuda', 'cpu'], open, { where: 'a.onnx', expected: 'a model', fix: 'check it' }, (provider) =>
        provider === 'cuda' ? 'no library' : undefined,
      ),
    );
    expect(error).toMatchObject({ where: 'a.onnx', found: 'cuda: no library; cpu: broken file', fix: 'check it' });
  });
});

describe('loading a package of TensorFlow', () => {
  const refusal = (load: () => Promise<unknown>) => failure(loadNative('tfjs-node', load));

  it('says in one line that it is not installed, or has no binding', async () => {
    const missing = Object.assign(new Error("Cannot find package '@tensorflow/tfjs-node' imported from here"), {
      code: 'ERR_MODULE_NOT_FOUND',
    });
    expect(await refusal(() => Promise.reject(missing))).toMatchObject({
      where: 'device tfjs-node',
      found: 'the package is not installed',
    });
    const binding = new Error(
      'The Node.js native addon module (tfjs_binding.node) can not be found at path: /some/where. \nPlease run',
    );
    const { found } = await refusal(() => Promise.reject(binding));
    expect(found).toBe('The Node.js native addon module (tfjs_binding.node) can not be found');
  });

  it('is not taken in by another package under its name', async () => {
    // danfojs-node has plain TensorFlow.js installed as @tensorflow/tfjs-node.
    const { found } = await refusal(async () => ({}));
    expect(found).toContain('without the backend "tensorflow"');
  });

  it('runs steps on its backend, leaves the one in place, and excludes the other package', async () => {
    await tf.setBackend('cpu');
    const asThePackageDoes = async () => {
      tf.registerBackend('tensorflow', () => Object.assign(tf.findBackendFactory('cpu')(), { isUsingGpuDevice: true }));
      tf.copyRegisteredKernels('cpu', 'tensorflow');
      await tf.setBackend('tensorflow');
    };
    expect(await loadNative('tfjs-node', asThePackageDoes)).toEqual({ gpu: true });
    expect(tf.getBackend()).toBe('cpu');

    const used: string[] = [];
    const runner = eagerStep(
      (state, inputs) => {
        used.push(tf.getBackend());
        return toyStep(state, inputs);
      },
      { state: toyState, name: 'toy' },
      { device: 'tfjs-node', backend: 'tensorflow' },
    );
    const { outputs } = await runner.run(toyInputs);
    const reference = await compile(toyStep, { state: toyState, inputs: toySpecs, device: 'cpu' });
    expect(outputs).toEqual(await reference.run(toyInputs));
    expect(used).toEqual(['tensorflow']);
    expect(tf.getBackend()).toBe('cpu');

    const other = await failure(loadNative('tfjs-node-gpu', async () => ({})));
    expect(other.found).toContain('tfjs-node, which this process has loaded already');
    tf.removeBackend('tensorflow');
  });
});
