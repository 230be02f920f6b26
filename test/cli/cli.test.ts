import { spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { rng } from '../../lib/random/rng.js';
import { projectPath, readSafetensors } from '../../lib/runs/index.js';
import { takeLock } from '../../lib/runs/lock.js';
import { writeSafetensors } from '../../lib/runs/safetensors.js';
import { initVit, vitConfigs } from '../../lib/synclr/vit.js';
import { readBackbone, writeBackbone } from '../../lib/synclr/weights/readBackbone.js';

/** Runs the built command line as a user would. */
const synclr = (...args: string[]) => {
  const run = spawnSync(process.execPath, [projectPath('lib', 'dist', 'cli', 'main.js'), ...args], {
    encoding: 'utf8',
  });
  return { status: run.status, said: run.stdout + run.stderr };
};
const folder = mkdtempSync(path.join(tmpdir(), 'cli-'));

describe('what a user gets wrong is told in words, without a stack, and with exit code 1', () => {
  it.each([
    ['a language model that is not there', ['captions', '--gguf', path.join(folder, 'none.gguf')], /none\.gguf/],
    ['a tier that does not exist', ['reproduce', '--tier', 'huge'], /one of smoke, laptop[\s\S]*huge/],
    ['no notebook of that name', ['reproduce', '--only', 'zebra'], /none whose name contains zebra/],
    ['an image set that is not there', ['train-encoder', '--images', path.join(folder, 'none')], /manifest\.json/],
    ['an unknown objective', ['train-encoder', '--objective', 'magic'], /synclr or stablerep[\s\S]*magic/],
    ['a checkpoint that is not there', ['export-encoder', '--from', path.join(folder, 'none.pth')], /no such file/],
    ['a checkpoint of no ViT', ['convert', 'test/synclr/golden/checkpoint.pth', 'x.safetensors'], /cls_token/],
    ['images that are no patches', ['export-encoder', '--size', '65x64'], /multiple of the patch, 8/],
    ['a size that is none', ['export-encoder', '--size', 'big'], /224x224[\s\S]*big/],
    [
      'a page of gigabytes',
      ['sheet', 'data/images/synthesised-10000x4', '--cell', '16384'],
      /at most 134,217,728 pixels/,
    ],
    ['too few captions for neighbours', ['measure-generator', '--count', '3'], /--count\n.*from 4 to/],
    ['a folder of no set', ['evaluate', '--root', folder], /--root\n.*\n {2}found: {4}no --data-set/],
    ['a part of no set', ['segment', '--partial'], /--partial\n.*\n {2}found: {4}no --data-set/],
    ['a model folder that is not one', ['generate', '--model', folder], /model_index\.json/],
  ])('%s', (_what, args, message) => {
    const { status, said } = synclr(...args);
    expect(said).toMatch(message);
    expect(said).not.toMatch(/\n\s+at /);
    expect(status).toBe(1);
  });

  it('a concept list with a duplicate names the lines, and empty ones count', () => {
    const gguf = path.join(folder, 'empty.gguf');
    writeFileSync(gguf, 'GGUF');
    const list = path.join(folder, 'concepts.txt');
    writeFileSync(list, 'zebra\nrevolver\nzebra\n');
    expect(synclr('captions', '--gguf', gguf, '--concepts', list).said).toMatch(/concepts\.txt[\s\S]*1[\s\S]*3/);
    writeFileSync(list, 'zebra\n\nrevolver\nzebra\n');
    expect(synclr('captions', '--gguf', gguf, '--concepts', list).said).toMatch(/on line 1 and line 4/);
  });
});

describe('export-encoder', () => {
  it('writes the committed encoder as ONNX, and convert in the layout of timm', () => {
    const onnx = path.join(folder, 'encoder.onnx');
    expect(synclr('export-encoder', '--out', onnx)).toMatchObject({ status: 0 });
    expect(readFileSync(onnx).includes('blocks.5.mlp.fc2.weight')).toBe(true);
    const timm = path.join(folder, 'timm.safetensors');
    expect(synclr('convert', onnx.replace('encoder.onnx', 'none'), timm).status).toBe(1);
    const run = projectPath('data', 'models', 'encoder-stablerep');
    expect(synclr('convert', run, timm, '--timm').said).toMatch(/patches of 8 at 64 px, 6 blocks of width 192/);
    expect(readSafetensors(timm).tensors['patch_embed.proj.weight'].shape).toEqual([192, 3, 8, 8]);
    // Heads and normalisation, which no weight shows, go with it.
    expect(readBackbone(timm)).toEqual({ ...readBackbone(run), prefix: '' });
  });

  it('both keep what the images were normalised with, or are told', () => {
    const toy = path.join(folder, 'toy.safetensors');
    const backbone = { params: initVit(rng(0), vitConfigs.toy), config: vitConfigs.toy };
    writeBackbone(toy, { ...backbone, normalisation: 'imagenet' });
    const [onnx, ours, bare] = ['toy.onnx', 'ours.safetensors', 'bare.safetensors'].map((name) =>
      path.join(folder, name),
    );
    expect(synclr('export-encoder', '--from', toy, '--out', onnx).status).toBe(0);
    expect(readFileSync(onnx).includes('[0.485,0.456,0.406]')).toBe(true);
    expect(synclr('convert', toy, ours).status).toBe(0);
    expect(readBackbone(ours).normalisation).toBe('imagenet');
    writeSafetensors(bare, backbone.params);
    const told = ['--heads', String(vitConfigs.toy.heads), '--normalisation', 'imagenet'];
    expect(synclr('convert', bare, ours, ...told).status).toBe(0);
    expect(readBackbone(ours).normalisation).toBe('imagenet');
    expect(synclr('export-encoder', '--from', bare, '--out', onnx, ...told.slice(0, 2)).status).toBe(0);
    expect(readFileSync(onnx).includes('[0.48145466,0.4578275,0.40821073]')).toBe(true);
  });
});

describe('what another process writes is refused, and the process is named', () => {
  it.each([
    ['merge-captions', 'busy.jsonl', [projectPath('data', 'captions', 'emoji-laptop.jsonl.gz')]],
    ['measure-generator', 'busy.json', ['--count', '4', '--images', '1', '--guidance', '2', '--steps', '1']],
  ])('%s', (command, name, args) => {
    const out = path.join(folder, name);
    const giveBack = takeLock(`${out}.lock`, 'x');
    const { status, said } = synclr(command, ...args, '--out', out);
    giveBack();
    expect([status, existsSync(out)]).toEqual([1, false]);
    expect(said).toMatch(new RegExp(`no other process that works on it\\n.*process ${process.pid} `));
  });
});

describe('results never take the place of files that are something else', () => {
  it.each([
    ['train-encoder', 'record.json', ['--real', '8', '--objective', 'simclr', '--batch', '4', '--steps', '1']],
    ['train-encoder', 'encoder.safetensors', ['--real', '8', '--objective', 'simclr', '--batch', '4', '--steps', '1']],
    ['finetune', 'record.json', ['--concepts', '4', '--train', '8', '--test', '8', '--batch', '4', '--epochs', '1']],
    ['segment', 'record.json', ['--concepts', '4', '--train', '8', '--test', '8', '--batch', '4', '--steps', '1']],
  ])('%s and %s', (command, name, args) => {
    const out = mkdtempSync(path.join(folder, 'foreign-'));
    writeFileSync(path.join(out, name), 'mine');
    const { status, said } = synclr(command, ...args, '--out', out);
    expect(said).toMatch(new RegExp(`${name}, which would be overwritten`));
    expect([status, readFileSync(path.join(out, name), 'utf8'), readdirSync(out)]).toEqual([1, 'mine', [name]]);
  });
});

describe('a file is never written over what is read, what is something else, or by another name than its kind has', () => {
  it.each([
    ['sheet', ['PICTURES', '--out', 'PICTURES/0.png'], /a place in .*, which is read/],
    ['sheet', ['PICTURES', '--out', 'OTHER/page.jpg'], /a name that ends with \.png[\s\S]*page\.png/],
    ['sheet', ['PICTURES', '--out', 'PICTURES'], /a name that ends with \.png/],
    ['captions', ['--server', 'http://127.0.0.1:9', '--model', 'm', '--out', 'OTHER/a.txt'], /ends with \.jsonl or/],
    ['merge-captions', ['OTHER/log.jsonl', '--out', 'OTHER/log.jsonl'], /the file that is read, which would be lost/],
    ['backgrounds', ['--gguf', 'no', '--concepts', 'OTHER/a.json', '--out', 'OTHER/a.json'], /the file that is read/],
    [
      'backgrounds',
      ['--gguf', 'no', '--concepts', 'OTHER/b.json', '--out', 'OTHER/a.json'],
      /a file of something else/,
    ],
    ['evaluate', ['--encoder', 'OTHER/e.safetensors', '--out', 'OTHER/e.safetensors'], /ends with \.json/],
    ['evaluate', ['--encoder', 'OTHER/e.safetensors', '--out', 'OTHER/a.json'], /a file of something else/],
    ['measure-generator', ['--out', 'OTHER/a.json'], /a file of something else/],
    ['export-encoder', ['--from', 'OTHER/e.safetensors', '--out', 'OTHER/e.safetensors'], /ends with \.onnx/],
    ['convert', ['OTHER/e.safetensors', 'OTHER/e.safetensors'], /the file that is read/],
    ['run', ['OTHER/n.ipynb', '--junit', 'OTHER/n.ipynb'], /ends with \.xml/],
  ])('%s %j', (command, args, message) => {
    const [pictures, other] = ['pictures', 'other'].map((name) => mkdtempSync(path.join(folder, `${name}-`)));
    const files = ['a.json', 'b.json', 'e.safetensors', 'log.jsonl', 'n.ipynb'].map((name) => path.join(other, name));
    for (const file of [...files, path.join(pictures, '0.png')]) writeFileSync(file, 'mine');
    const given = args.map((word) => word.replace('PICTURES', pictures).replace('OTHER', other));
    const { status, said } = synclr(command, ...given);
    expect(said).toMatch(message);
    expect(status).toBe(1);
    for (const file of [...files, path.join(pictures, '0.png')]) expect(readFileSync(file, 'utf8')).toBe('mine');
    expect([readdirSync(pictures), readdirSync(other)]).toEqual([['0.png'], files.map((file) => path.basename(file))]);
  });

  it('generate has no more captions than there are', () => {
    const { status, said } = synclr('generate', '--count', '1000000', '--out', path.join(folder, 'many'));
    expect(said).toMatch(/--count\n.*1 to \d+ captions, as many as the laptop tier has\n.*1000000/);
    expect([status, existsSync(path.join(folder, 'many'))]).toEqual([1, false]);
  });
});

describe('convert', () => {
  it.each([
    ['a.ipynb', 'b.ipynb', /a notebook \(\.ipynb\) and a text/],
    ['a.ts', 'b.ts', /a notebook \(\.ipynb\) and a text/],
    ['empty.ts', 'b.ipynb', /one cell at least/],
  ])('of %s to %s is refused, and leaves the second as it was', (from, to, message) => {
    for (const name of [from, to]) writeFileSync(path.join(folder, name), name.startsWith('b') ? 'mine' : '');
    const { status, said } = synclr('convert', path.join(folder, from), path.join(folder, to));
    expect([status, readFileSync(path.join(folder, to), 'utf8')]).toEqual([1, 'mine']);
    expect(said).toMatch(message);
  });

  it('turns a notebook into text and back', () => {
    const text = path.join(folder, 'round.ts');
    const notebook = path.join(folder, 'round.ipynb');
    writeFileSync(text, '// %% [markdown]\n/*\n# Hello\n*/\n\n// %%\nconst x = 1;\n');
    expect(synclr('convert', text, notebook).status).toBe(0);
    expect(existsSync(notebook)).toBe(true);
    const again = path.join(folder, 'round-again.ts');
    expect(synclr('convert', notebook, again).status).toBe(0);
    expect(readFileSync(again, 'utf8')).toBe(readFileSync(text, 'utf8'));
  });
});
