import { execFileSync } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { createRequire } from 'node:module';
import os from 'node:os';
import path from 'node:path';

const require = createRequire(new URL('../../lib/package.json', import.meta.url));
const nodeLlama = path.resolve(path.dirname(require.resolve('node-llama-cpp')), '..');
const platform = `${process.platform === 'darwin' ? 'mac' : process.platform}-${process.arch}`;
/** where our captions' llama.cpp is; its programs look for their kernels in the working folder */
export const libraries = path.resolve(nodeLlama, '..', '@node-llama-cpp', platform, 'bins', platform);

/** node-llama-cpp carries llama.cpp's source of the release that it was built from. It goes when we do. */
function unpackSource() {
  const folder = mkdtempSync(path.join(os.tmpdir(), 'synclr-llama-'));
  process.on('exit', () => rmSync(folder, { recursive: true, force: true }));
  const source = path.join(folder, 'llama.cpp');
  execFileSync('git', ['clone', '-q', path.join(nodeLlama, 'llama', 'gitRelease.bundle'), source], { stdio: 'pipe' });
  return { folder, source };
}

const linked = () =>
  readdirSync(libraries)
    .filter((name) => /^lib(llama|ggml)(-common|-base)?(\.v[\d.]+)?\.(so|dylib)$/.test(name))
    .map((name) => path.join(libraries, name));

/**
 * Builds llama.cpp's own `llama-batched-bench` (needs git and a C++ compiler): only the bench's two files are compiled, and
 * linked to the very libraries that our captions are computed with. So both sides are one version and one build.
 */
export function buildPeer() {
  const { folder, source } = unpackSource();
  const bench = path.join(source, 'tools', 'batched-bench');
  const include = ['include', 'ggml/include', 'common', 'vendor'].flatMap((name) => ['-I', path.join(source, name)]);
  const program = path.join(folder, 'llama-batched-bench');
  execFileSync(process.env.CXX ?? 'c++', [
    ...['-O2', '-std=c++17', ...include],
    ...['batched-bench.cpp', 'main.cpp'].map((name) => path.join(bench, name)),
    ...linked(),
    ...[`-Wl,-rpath,${libraries}`, '-o', program],
  ]);
  return {
    program,
    version: JSON.parse(readFileSync(path.join(nodeLlama, 'llama', 'llama.cpp.info.json'), 'utf8')).tag,
  };
}

/** The same of llama.cpp's `llama-server`, without its page (also needs cmake): some seventy files, minutes. @returns the program */
export function buildServer() {
  const { folder, source } = unpackSource();
  const at = (...names) => path.join(source, ...names);
  const [page, built] = [path.join(folder, 'page'), path.join(folder, 'built')];
  mkdirSync(page);
  mkdirSync(built);
  const compiler = process.env.CXX ?? 'c++';
  const run = (program, args) => execFileSync(program, args, { stdio: ['ignore', 'ignore', 'pipe'] });
  const embed = path.join(page, 'embed');
  run(compiler, ['-O1', '-std=c++17', '-o', embed, at('tools', 'ui', 'embed.cpp')]);
  const settings = { UI_SOURCE_DIR: at('tools', 'ui'), UI_BINARY_DIR: page, LLAMA_SOURCE_DIR: source };
  const none = { HF_ENABLED: 'OFF', BUILD_UI: 'OFF', LLAMA_UI_GZIP: 'OFF', LLAMA_UI_EMBED: embed };
  const defined = Object.entries({ ...settings, ...none }).map(([name, value]) => `-D${name}=${value}`);
  run('cmake', [...defined, '-P', at('scripts', 'ui-assets.cmake')]);

  const all = (folder) =>
    readdirSync(folder)
      .filter((name) => /\.c(pp)?$/.test(name) && !/-cli\.|^deprecation/.test(name))
      .map((name) => path.join(folder, name));
  const folders = ['tools/server', 'tools/mtmd', 'tools/mtmd/models', 'vendor/cpp-httplib', 'vendor/hash'];
  const sums = ['xxhash', 'sha1', 'sha256'].map((name) => `vendor/hash/${name}`);
  const files = [...[...folders, ...sums].flatMap((folder) => all(at(folder))), path.join(page, 'ui.cpp')];
  const include = ['.', 'include', 'ggml/include', 'common', 'vendor', 'vendor/hash', 'tools/mtmd', 'tools/server'];
  const flags = ['-O1', '-w', '-DLLAMA_SUBPROCESS', '-I', page, ...include.flatMap((name) => ['-I', at(name)])];
  const objects = files.map((file, i) => {
    const object = path.join(built, `${i}.o`);
    // As llama.cpp's own build has it: sha1.c is C++.
    const language = file.endsWith('.c') && !file.endsWith('sha1.c') ? ['-x', 'c'] : ['-x', 'c++', '-std=c++17'];
    run(compiler, [...flags, ...language, '-c', file, '-o', object]);
    return object;
  });
  const program = path.join(folder, 'llama-server');
  run(compiler, [...objects, ...linked(), `-Wl,-rpath,${libraries}`, '-lpthread', '-o', program]);
  return program;
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
