import { spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { projectPath, readSafetensors } from '../../lib/runs/index.js';

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
    ['a model folder that is not one', ['generate', '--model', folder], /model_index\.json/],
  ])('%s', (_what, args, message) => {
    const { status, said } = synclr(...args);
    expect(said).toMatch(message);
    expect(said).not.toMatch(/\n\s+at /);
    expect(status).toBe(1);
  });

  it('a concept list with a duplicate and an empty line names the lines', () => {
    const gguf = path.join(folder, 'empty.gguf');
    writeFileSync(gguf, 'GGUF');
    const list = path.join(folder, 'concepts.txt');
    writeFileSync(list, 'zebra\nrevolver\nzebra\n');
    expect(synclr('captions', '--gguf', gguf, '--concepts', list).said).toMatch(/concepts\.txt[\s\S]*1[\s\S]*3/);
    writeFileSync(list, 'zebra\n\nrevolver\n');
    expect(synclr('captions', '--gguf', gguf, '--concepts', list).said).toMatch(/concepts\.txt[\s\S]*2/);
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
  });
});

describe('convert', () => {
  it('turns a notebook into text and back', () => {
    const text = path.join(folder, 'a.ts');
    const notebook = path.join(folder, 'a.ipynb');
    writeFileSync(text, '// %% [markdown]\n/*\n# Hello\n*/\n\n// %%\nconst x = 1;\n');
    expect(synclr('convert', text, notebook).status).toBe(0);
    expect(existsSync(notebook)).toBe(true);
    const again = path.join(folder, 'b.ts');
    expect(synclr('convert', notebook, again).status).toBe(0);
    expect(readFileSync(again, 'utf8')).toBe(readFileSync(text, 'utf8'));
  });
});
