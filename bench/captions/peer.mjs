import { execFileSync } from 'node:child_process';
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { createRequire } from 'node:module';
import os from 'node:os';
import path from 'node:path';

const require = createRequire(new URL('../../lib/package.json', import.meta.url));
const nodeLlama = path.resolve(path.dirname(require.resolve('node-llama-cpp')), '..');
const platform = `${process.platform === 'darwin' ? 'mac' : process.platform}-${process.arch}`;
const libraries = path.resolve(nodeLlama, '..', '@node-llama-cpp', platform, 'bins', platform);

/**
 * Builds llama.cpp's own `llama-batched-bench` (needs git and a C++ compiler). node-llama-cpp carries llama.cpp's source
 * of the release that it was built from; here only the bench's two files are compiled, and linked to the very libraries
 * that our captions are computed with. So both sides are one version and one build of llama.cpp. It goes when we do.
 */
export function buildPeer() {
  const folder = mkdtempSync(path.join(os.tmpdir(), 'synclr-llama-'));
  const source = path.join(folder, 'llama.cpp');
  execFileSync('git', ['clone', '-q', path.join(nodeLlama, 'llama', 'gitRelease.bundle'), source], { stdio: 'pipe' });
  const bench = path.join(source, 'tools', 'batched-bench');
  const include = ['include', 'ggml/include', 'common', 'vendor'].flatMap((name) => ['-I', path.join(source, name)]);
  const linked = readdirSync(libraries).filter((name) =>
    /^lib(llama|ggml)(-common|-base)?(\.v[\d.]+)?\.(so|dylib)$/.test(name),
  );
  const program = path.join(folder, 'llama-batched-bench');
  execFileSync(process.env.CXX ?? 'c++', [
    ...['-O2', '-std=c++17', ...include],
    ...['batched-bench.cpp', 'main.cpp'].map((name) => path.join(bench, name)),
    ...linked.map((name) => path.join(libraries, name)),
    ...[`-Wl,-rpath,${libraries}`, '-o', program],
  ]);
  process.on('exit', () => rmSync(folder, { recursive: true, force: true }));
  return {
    program,
    version: JSON.parse(readFileSync(path.join(nodeLlama, 'llama', 'llama.cpp.info.json'), 'utf8')).tag,
  };
}

/**
 * Captions a second of the peer: `sequences` prompts of `promptTokens` tokens, then `captionTokens` steps of all of them,
 * `repeats` times. It wants whole numbers of tokens: times are scaled from those to the means given. It samples nothing,
 * and all of its captions are equally long.
 */
export function runPeer({
  program,
  gguf,
  sequences,
  threads,
  promptTokens,
  captionTokens,
  repeats,
  contextSize = 512,
}) {
  const [prompt, caption] = [Math.round(promptTokens), Math.round(captionTokens)];
  const flags = {
    '-m': gguf,
    '-c': sequences * contextSize,
    '-b': 512,
    '-ub': 512,
    '-t': threads,
    '-fa': 'on',
    '-ngl': 0,
    '-npp': prompt,
    '-ntg': caption,
    '-npl': Array.from({ length: repeats }, () => sequences).join(','),
    '--output-format': 'jsonl',
  };
  // The libraries look for their kernels in the working folder.
  const options = { cwd: libraries, encoding: 'utf8', stdio: ['ignore', 'pipe', 'pipe'] };
  const output = execFileSync(program, Object.entries(flags).flat().map(String), options);
  const rows = output
    .split('\n')
    .filter((line) => line.startsWith('{'))
    .map((line) => JSON.parse(line));
  const seconds = rows.map(({ t_pp, t_tg }) => (t_pp * promptTokens) / prompt + (t_tg * captionTokens) / caption);
  return (rows.length * sequences) / seconds.reduce((a, b) => a + b);
}

/** Whether this machine has what the peer needs. */
export const hasPeer = () => existsSync(libraries) && process.platform === 'linux';
