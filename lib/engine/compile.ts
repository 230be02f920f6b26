import { InputError } from '../errors.js';
import type { Device, OpenDevice } from './device.js';
import { openDevice } from './device.js';
import { eagerStep } from './eagerStep.js';
import { lifeCycle } from './lifeCycle.js';
import { onnxStep } from './onnxStep.js';
import type { Runner } from './runner.js';
import type { CompiledStep, CompileOptions, Step } from './step.js';
import { xlaStep } from './xla/xlaStep.js';

/**
 * Compiles a step: it is traced once into one ONNX graph, then every step is one run of one session.
 *
 * With `inputs`, it is traced now, for these shapes. Without, it is traced in run(), once for every new set of names,
 * shapes and dtypes of inputs, and all graphs share the one state; what cannot be traced is then only met in run(). An
 * open graph holds its constants and the memory of its largest run (1 to 2.6 GB in training), so only `keepShapes` of
 * them stay open, and a shape that comes back after that is traced again: meant for a last batch that is smaller, not
 * for lengths that change with every step; fill those up instead.
 *
 * @throws InputError for a device that is not there, and with the user's line for what cannot be traced
 */
export async function compile(step: Step, options: CompileOptions): Promise<CompiledStep> {
  const named = { ...options, name: options.name ?? 'step' };
  const device = await openDevice(options.device);
  if (options.products === 'bfloat16' && device.device !== 'xla') throw onXlaAlone(named.name, device.device);
  options.onDevice?.(`${named.name} runs on ${device.line}`);
  return lifeCycle(await openRunner(step, named, device), named);
}

const onXlaAlone = (where: string, found: Device) =>
  new InputError({
    where: `${where}, products in bfloat16`,
    expected: 'device xla',
    found,
    fix: 'set SYNCLR_DEVICE=xla, or leave bfloat16 out',
  });

function openRunner(
  step: Step,
  options: CompileOptions & { name: string },
  device: OpenDevice,
): Promise<Runner> | Runner {
  if ('provider' in device) return onnxStep(step, options, device);
  return 'worker' in device ? xlaStep(step, options, device) : eagerStep(step, options, device);
}
