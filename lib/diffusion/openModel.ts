import { existsSync } from 'node:fs';
import path from 'node:path';
import { firstThatWorks, type ModelProvider, modelProviders } from '../engine/providers.js';
import { onnxRuntime, openSession, type Provider } from '../engine/session.js';
import { InputError } from '../errors.js';
import { refuseLfsPointer } from '../runs/lfsPointer.js';
import { externalWeights } from './externalWeights.js';
import type { ModelPort, OnnxModel, OpenedModel } from './onnxModel.js';
import { openXlaModel } from './openXlaModel.js';
import { sessionModel } from './sessionModel.js';

/**
 * Opens an ONNX file with the first of `providers` that works.
 * @throws InputError when the file is missing, or no provider can read it (with each one's reason)
 */
export async function openModel(
  file: string,
  { providers = modelProviders() }: { providers?: readonly ModelProvider[] } = {},
): Promise<OnnxModel> {
  if (!existsSync(file)) {
    throw new InputError({
      where: file,
      expected: "an ONNX file of diffusers' folder layout",
      found: 'no such file',
      fix: 'export the model to ONNX, or name the folder that holds model_index.json',
    });
  }
  refuseLfsPointer(file);
  for (const name of externalWeights(file)) refuseLfsPointer(path.join(path.dirname(file), name));
  const open = (provider: ModelProvider) =>
    provider === 'xla' ? openXlaModel(file) : openSessionModel(file, provider);
  const { opened, provider, passedOver } = await firstThatWorks(providers, open, {
    where: file,
    expected: `an ONNX model that one of ${providers.join(', ')} can run`,
    fix: 'check the file, or name other providers',
  });
  return { file, provider, passedOver, ...opened };
}

async function openSessionModel(file: string, provider: Provider): Promise<OpenedModel> {
  const { Tensor } = await onnxRuntime();
  return sessionModel(await openSession(file, { providers: [provider] }), Tensor);
}

const describeShape = (shape: readonly (number | undefined)[]) => `[${shape.map((n) => n ?? '?').join(', ')}]`;

/** `a [1, ?], b [2]` */
export function describePorts(ports: readonly ModelPort[]): string {
  return ports.map((port) => `${port.name} ${describeShape(port.shape)}`).join(', ');
}

/** @throws InputError unless the model has inputs (or outputs) of these names and numbers of axes */
export function requirePorts(
  model: OnnxModel,
  side: 'inputs' | 'outputs',
  wanted: Readonly<Record<string, readonly (number | undefined)[]>>,
): void {
  const fits = (port: ModelPort | undefined, shape: readonly (number | undefined)[]) =>
    port !== undefined &&
    port.shape.length === shape.length &&
    port.shape.every((n, i) => n === undefined || shape[i] === undefined || n === shape[i]);
  const given = new Map(model[side].map((port) => [port.name, port]));
  for (const [name, shape] of Object.entries(wanted)) {
    const port = given.get(name);
    if (fits(port, shape)) continue;
    throw new InputError({
      where: `${model.file}, ${side}`,
      expected: `${name} ${describeShape(shape)}`,
      found: port ? describePorts([port]) : describePorts(model[side]),
      fix: "export the model with the names and shapes of diffusers' ONNX pipelines",
    });
  }
}
