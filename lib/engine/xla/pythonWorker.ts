import { type ChildProcessWithoutNullStreams, spawn } from 'node:child_process';
import { InputError } from '../../errors.js';
import { fromEnvironment } from '../../runs/environment.js';
import type { HostTensors } from '../../runs/hostTensor.js';
import { sizeOf } from '../../runs/hostTensor.js';
import { projectPath } from '../../runs/paths.js';

/** Bytes by name, e.g. a model. */
export type Blobs = Readonly<Record<string, Uint8Array>>;

interface TensorHeader {
  name: string;
  dtype: 'float32' | 'int32';
  shape: number[];
  bytes: number;
}

export interface Answer {
  header: Record<string, unknown>;
  tensors: HostTensors;
}

/** The Python process that runs graphs (run_onnx.py). Requests are answered in their order. */
export interface PythonWorker {
  /** @throws InputError with what Python says, or with the last lines it printed when it has ended */
  ask(header: Record<string, unknown>, tensors?: HostTensors, blobs?: Blobs): Promise<Answer>;
}

const INSTALL =
  'install jax and onnx for a Python of yours (pip install "jax[cuda13]" onnx) and name it in SYNCLR_PYTHON';

let shared: PythonWorker | undefined;

/** The one worker of this process, started when first asked for: SYNCLR_PYTHON, by default `python3`. */
export function pythonWorker(): PythonWorker {
  shared ??= startWorker(fromEnvironment('SYNCLR_PYTHON') ?? 'python3');
  return shared;
}

/** Starts a worker; tests give scripts of their own. */
export function startWorker(python: string, script = projectPath('lib', 'engine', 'xla', 'run_onnx.py')): PythonWorker {
  // Its own process group: Ctrl-C is ours alone, which saves a checkpoint first. It ends when its standard input does.
  const child = spawn(python, [script], {
    detached: true,
    env: { XLA_PYTHON_CLIENT_PREALLOCATE: 'false', PYTHONUNBUFFERED: '1', ...process.env },
  });
  const waiting: { resolve: (answer: Answer) => void; reject: (error: unknown) => void }[] = [];
  let broken: InputError | undefined;
  let printed = '';

  const fail = (found: string, fix: string) => {
    broken ??= new InputError({ where: `device xla, ${python}`, expected: 'a Python that runs JAX', found, fix });
    for (const { reject } of waiting.splice(0)) reject(broken);
  };
  child.on('error', (error) => fail(error.message, INSTALL));
  child.on('exit', (code, signal) => {
    const last = printed.trim().split('\n').slice(-3).join(' | ');
    const fix = /No module named/.test(last) ? INSTALL : 'run it again; if memory ran out, make the batch smaller';
    fail(`it ended with ${signal ?? `exit code ${code}`}: ${last || 'it printed nothing'}`, fix);
  });
  child.stdin.on('error', () => {}); // its exit says why
  child.stderr.on('data', (text) => {
    printed = (printed + text).slice(-4000);
  });
  readFrames(child, (answer) => {
    const asked = waiting.shift();
    if (waiting.length === 0) setAwake(child, false);
    const { error } = answer.header;
    if (typeof error !== 'string') asked?.resolve(answer);
    else asked?.reject(new Error(error));
  });
  setAwake(child, false);
  // The other hosts of a job wait for this worker as long as it lives.
  process.once('exit', (code) => {
    if (code !== 0) child.kill('SIGKILL');
  });

  return {
    ask: (header, tensors = {}, blobs = {}) =>
      new Promise((resolve, reject) => {
        if (broken) return reject(broken);
        if (waiting.length === 0) setAwake(child, true);
        waiting.push({ resolve, reject });
        for (const chunk of encodeFrame(header, tensors, blobs)) child.stdin.write(chunk);
      }),
  };
}

/** Only a request under way keeps this process from ending. */
function setAwake(child: ChildProcessWithoutNullStreams, awake: boolean): void {
  for (const handle of [child, child.stdin, child.stdout, child.stderr] as { ref?(): void; unref?(): void }[]) {
    if (awake) handle.ref?.();
    else handle.unref?.();
  }
}

const bytesOf = (data: ArrayBufferView) => new Uint8Array(data.buffer, data.byteOffset, data.byteLength);

function encodeFrame(header: Record<string, unknown>, tensors: HostTensors, blobs: Blobs): Uint8Array[] {
  const specs = [
    ...Object.entries(tensors).map(([name, { dtype, shape, data }]) => ({
      name,
      dtype,
      shape,
      bytes: data.byteLength,
    })),
    ...Object.entries(blobs).map(([name, data]) => ({ name, bytes: data.byteLength })),
  ];
  const json = Buffer.from(JSON.stringify({ ...header, tensors: specs }));
  const length = Buffer.alloc(4);
  length.writeUInt32LE(json.length);
  return [
    Buffer.concat([length, json]),
    ...[...Object.values(tensors).map(({ data }) => bytesOf(data)), ...Object.values(blobs)].filter(
      (b) => b.length > 0,
    ),
  ];
}

/** Reads answers off the worker's standard output: the length of a header, the header, the tensors it lists. */
function readFrames(child: ChildProcessWithoutNullStreams, onAnswer: (answer: Answer) => void): void {
  let wanted = 4;
  let part: 'length' | 'header' | 'body' = 'length';
  let buffer = Buffer.allocUnsafe(wanted);
  let filled = 0;
  let header: { tensors: TensorHeader[] } & Record<string, unknown> = { tensors: [] };

  const next = (name: typeof part, size: number) => {
    part = name;
    wanted = size;
    // A buffer of its own, so that tensors are aligned and may be kept.
    buffer = Buffer.from(new ArrayBuffer(size));
    filled = 0;
  };
  const finishPart = () => {
    if (part === 'length') next('header', buffer.readUInt32LE());
    else if (part === 'header') {
      header = JSON.parse(buffer.toString());
      next(
        'body',
        header.tensors.reduce((sum, { bytes }) => sum + bytes, 0),
      );
    } else {
      const answer = { header, tensors: decodeTensors(header.tensors, buffer.buffer as ArrayBuffer) };
      next('length', 4);
      onAnswer(answer);
    }
  };
  child.stdout.on('data', (chunk: Buffer) => {
    let at = 0;
    for (;;) {
      const taken = Math.min(chunk.length - at, wanted - filled);
      chunk.copy(buffer, filled, at, at + taken);
      at += taken;
      filled += taken;
      if (filled < wanted) return;
      finishPart();
    }
  });
}

function decodeTensors(specs: readonly TensorHeader[], body: ArrayBuffer): HostTensors {
  let at = 0;
  return Object.fromEntries(
    specs.map(({ name, dtype, shape, bytes }) => {
      const count = sizeOf(shape);
      const start = at;
      at += bytes;
      if (dtype === 'float32') return [name, { shape, dtype, data: new Float32Array(body, start, count) }];
      return [name, { shape, dtype, data: new Int32Array(body, start, count) }];
    }),
  );
}
