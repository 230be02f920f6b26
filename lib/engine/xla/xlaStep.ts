import { InputError } from '../../errors.js';
import { copyTensor, type HostTensors, mapTensors, specOf } from '../../runs/hostTensor.js';
import type { XlaDevice } from '../device.js';
import { keptGraphs } from '../keptGraphs.js';
import { traceStep } from '../onnxGraph.js';
import type { Runner } from '../runner.js';
import { runtimeMessage } from '../runtimeMessage.js';
import type { CompileOptions, InputSpec, Spread, Step } from '../step.js';
import { ALONE, type Hosts, hostsOf } from './hosts.js';
import { openXlaGraph, type SpreadNames } from './xlaGraph.js';

let states = 0;

/**
 * Runs a step as ONNX graphs that XLA compiles, one for each set of input shapes. The state lives on the device: a step
 * costs the transfer of its inputs and outputs alone, where ONNX Runtime's Node binding also moves the state there and back.
 */
export async function xlaStep(
  step: Step,
  options: CompileOptions & { name: string },
  { device, worker }: XlaDevice,
): Promise<Runner> {
  const { state = {}, inputs: specs, constants = {}, finite = [], name, keepShapes = 2, products } = options;
  const id = states++;
  const hosts = options.spread ? await hostsOf(worker) : ALONE;
  const spread = options.spread && namesOf(options.spread, state);
  const traceable = { step, name, state: mapTensors(state, specOf), constants, finite };
  const graphs = keptGraphs<number>({
    keep: keepShapes,
    prepare(inputs) {
      const all = options.spread ? ofAll(inputs, options.spread, { hosts, name }) : inputs;
      const { model, externalData } = traceStep(traceable, all);
      const outside = Object.fromEntries(externalData.map(({ path, data }) => [path, data]));
      return async () => (await openXlaGraph(worker, model, { name, outside, spread, products })).graph;
    },
    release: (graph) => worker.ask({ call: 'release', graphs: [graph] }),
  });
  const declared = specs && (await graphs.of(specs));
  const setState = (given: HostTensors) => worker.ask({ call: 'set_state', state: id, spread }, given);
  let settled: Promise<unknown> = setState(mapTensors(state, copyTensor));
  await settled;

  return {
    device,
    async run(inputs) {
      await settled;
      const graph = declared ?? (await graphs.of(mapTensors(inputs, specOf)));
      const feeds = Object.fromEntries(Object.entries(inputs).map(([key, tensor]) => [`input.${key}`, tensor]));
      const { tensors } = await worker.ask({ call: 'run', graph, state: id }, feeds).catch((error) => {
        throw problem(name, error);
      });
      const outputs = Object.fromEntries(
        Object.entries(tensors).map(([key, tensor]) => [key.slice('output.'.length), tensor]),
      );
      const keep = () => {
        settled = worker.ask({ call: 'keep', state: id });
        settled.catch(() => {}); // heard in the next run
      };
      return { outputs, keep };
    },
    async state() {
      await settled;
      const parts: HostTensors[] = [];
      for (const names of inParts(state)) {
        parts.push((await worker.ask({ call: 'read_state', state: id, names })).tensors);
      }
      return Object.assign({}, ...parts);
    },
    load(given) {
      settled = setState(given);
      settled.catch(() => {});
    },
    async release() {
      await worker.ask({ call: 'release', state: id, graphs: graphs.drain() });
    },
  };
}

/** Names of tensors, in groups of at most half a gigabyte: an answer is one piece of memory, which has its limits. */
function inParts(state: HostTensors, most = 2 ** 29): string[][] {
  const parts: string[][] = [];
  let bytes = Number.POSITIVE_INFINITY;
  for (const [name, { data }] of Object.entries(state)) {
    if (bytes + data.byteLength > most) {
      parts.push([]);
      bytes = 0;
    }
    parts[parts.length - 1].push(name);
    bytes += data.byteLength;
  }
  return parts;
}

/** A spread as run_onnx.py reads it. */
function namesOf({ rows, share }: Spread, state: HostTensors): SpreadNames {
  const ports = Object.entries(rows).map(([name, views]) => [`input.${name}`, views]);
  return { rows: Object.fromEntries(ports), shared: Object.keys(state).filter(share) };
}

/** The inputs of all hosts together, which is what the graph is of. @throws InputError for rows that cannot be shared out */
function ofAll(
  inputs: Record<string, InputSpec>,
  { rows }: Spread,
  { hosts: { of, devices }, name: step }: { hosts: Hosts; name: string },
): Record<string, InputSpec> {
  return mapTensors(inputs, (spec, name) => {
    const views = rows[name];
    if (views === undefined) return spec;
    const [own, ...rest] = spec.shape;
    const all = own * of;
    if (all % (views * devices) === 0) return { ...spec, shape: [all, ...rest] };
    throw new InputError({
      where: `${step} on ${devices} devices`,
      expected: `rows of ${name} that divide among them`,
      found: `${all / views}`,
      fix: 'choose a batch that is a multiple of the devices, or fewer devices',
    });
  });
}

/** What XLA says, with the step that it says it of. */
function problem(where: string, error: unknown): unknown {
  if (error instanceof InputError) return error;
  const found = runtimeMessage(error);
  const outOfMemory = /RESOURCE_EXHAUSTED|out of memory/i.test(found);
  return new InputError({
    where: `${where}, run on xla`,
    expected: outOfMemory ? 'enough memory on the device for the step' : 'a graph that XLA can run',
    found,
    fix: outOfMemory
      ? 'make the batch smaller'
      : 'run the step with device "cpu" or "onnx": if it works there, lib/engine/xla/operators.py is wrong',
  });
}
