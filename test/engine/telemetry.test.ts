import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { describe, expect, it } from 'vitest';

const model = path.resolve('data/models/generator-laptop/text_encoder/model.onnx');
const runtime = "const runtime = await import('onnxruntime-node'); await (runtime.default ?? runtime)";
const opens = {
  ours: `const { openSession } = await import('./dist/engine/session.js'); await openSession(${JSON.stringify(model)});`,
  bare: `${runtime}.InferenceSession.create(${JSON.stringify(model)});`,
  afterKernel: `await import('./dist/engine/telemetry.js'); ${runtime}.InferenceSession.create(${JSON.stringify(model)});`,
};

/** What a process leaves in its home folder and its folder for temporary files. */
function leaves(script: string, variables: Record<string, string> = {}): string[] {
  const folder = mkdtempSync(path.join(tmpdir(), 'telemetry-'));
  const env = {
    PATH: process.env.PATH,
    HOME: path.join(folder, 'home'),
    TMPDIR: path.join(folder, 'tmp'),
    ...variables,
  };
  for (const made of [env.HOME, env.TMPDIR]) mkdirSync(made);
  execFileSync(process.execPath, ['--input-type=module', '-e', script], { cwd: path.resolve('lib'), env });
  const left = readdirSync(folder, { recursive: true }).map(String);
  rmSync(folder, { recursive: true });
  return left.filter((name) => name.includes(path.sep));
}

describe.runIf(process.platform === 'linux')('telemetry', () => {
  it('is off: no identifier of the machine, no store of events, no file left over', () => {
    expect(leaves(opens.ours)).toEqual([]);
    expect(leaves(opens.afterKernel)).toEqual([]);
  });

  it('is on in the library as it comes, which says when this is no longer needed', () => {
    expect(leaves(opens.bare).join(' ')).toContain('deviceid');
  });

  it('is left to ONNX Runtime where a user asks for it', () => {
    expect(leaves(opens.ours, { ORT_DISABLE_TELEMETRY: '0' }).join(' ')).toContain('deviceid');
  });
});
