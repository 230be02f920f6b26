import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, readFileSync, realpathSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { toNotebook, writeNotebook } from '../../lib/notebook/index.js';
import { projectPath } from '../../lib/runs/index.js';

const folder = realpathSync(mkdtempSync(path.join(tmpdir(), 'synclr-run-')));
afterAll(() => rmSync(folder, { recursive: true }));

const synclr = (...args: string[]) => {
  const run = spawnSync(process.execPath, [projectPath('lib', 'dist', 'cli', 'main.js'), ...args], {
    encoding: 'utf8',
    cwd: folder,
  });
  return { status: run.status, said: run.stdout + run.stderr };
};
const make = (name: string, source: string) => {
  mkdirSync(path.dirname(path.join(folder, name)), { recursive: true });
  writeNotebook(path.join(folder, name), toNotebook(source));
};
const text = (name: string) => readFileSync(path.join(folder, name), 'utf8');

describe('synclr run', { timeout: 400_000 }, () => {
  it('runs notebooks outside of the repository, with parameters, into a folder, with a page and a report', () => {
    make(
      'mine/good.ipynb',
      [
        '// %% [markdown]\n/*\n# Mine\n\nA formula, $a_1 < b$, and <b>prose</b>.\n*/',
        '// %% tags=parameters\nconst guidance = 2;\nconst tier = "laptop";',
        `// %%\nimport { InputError } from 'synclr';\nconsole.log('guidance', guidance + 1, tier, typeof InputError);`,
      ].join('\n\n'),
    );
    make(
      'mine/slow.ipynb',
      '// %% tags=parameters\nconst guidance = 0;\nconst tier = "x";\n\n// %%\nawait new Promise((f) => setTimeout(f, 60_000));',
    );
    make(
      'mine/bad.ipynb',
      '// %% tags=parameters\nconst guidance = 0;\nconst tier = "";\n\n// %%\nconsole.log("until here");\n\n// %%\n// why\nthrow new Error("no luck");',
    );
    // What macOS leaves beside a file on other disks.
    writeFileSync(path.join(folder, 'mine', '._good.ipynb'), Uint8Array.of(0, 5, 22, 7));
    const before = text('mine/good.ipynb');
    const args = ['mine', '-p', 'guidance=6', '-p', 'tier=smoke', '--out', 'done', '--timeout', '20', '--html'];
    const { status, said } = synclr('run', ...args, '--junit', 'report.xml');
    expect(status).toBe(1);
    expect(said).toMatch(
      /3 notebooks: 1 passed, 2 failed\n {2}failed: mine\/bad\.ipynb\n {2}failed: mine\/slow\.ipynb/,
    );
    expect(said).toMatch(/bad\.ipynb: code cell 4 failed[\s\S]*no luck\n {2}at cell \[4\], line 2: {2}throw new Error/);
    expect(said).toMatch(/slow\.ipynb: code cell 3 failed[\s\S]*longer than 20 s/);
    expect(said).not.toMatch(/node_modules/);
    expect(text('done/good.ipynb')).toContain('guidance 7 smoke function');
    expect(text('mine/good.ipynb')).toBe(before);
    expect(text('done/bad.failed.ipynb')).toContain('until here');
    const report = text('report.xml');
    expect(report).toMatch(/<testsuite name="notebooks" tests="3" failures="2"/);
    expect(report).toMatch(/<testcase classname="notebooks" name="mine\/good.ipynb" time="[\d.]+"\/>/);
    const page = text('done/good.html');
    expect(page).toMatch(/<h1>Mine<\/h1>[\s\S]*<math[\s\S]*guidance 7 smoke function/);
    expect(page.replaceAll('http://www.w3.org/1998/Math/MathML', '')).not.toMatch(/https?:/);
    expect(text('done/bad.failed.html')).toMatch(/class="error">Error: no luck/);
  });

  it.each([
    [
      'a parameter that the notebook has not',
      ['mine/good.ipynb', '-p', 'gidance=6'],
      /one of its parameters: guidance/,
    ],
    ['a parameter without a value', ['mine/good.ipynb', '-p', 'guidance'], /name=value/],
    ['a time limit that is none', ['mine/good.ipynb', '--timeout', 'soon'], /above 0[\s\S]*soon/],
    ['a file that is not there', ['none.ipynb'], /none\.ipynb[\s\S]*a notebook[\s\S]*no such file/],
    ['a folder without notebooks', ['empty'], /notebooks \(\.ipynb\)[\s\S]*none/],
    ['a notebook in Python', ['python.ipynb'], /TypeScript[\s\S]*python/],
  ])('says of %s what to do', (_, args, message) => {
    mkdirSync(path.join(folder, 'empty'), { recursive: true });
    const cells = { nbformat: 4, nbformat_minor: 5, cells: [] };
    writeFileSync(
      path.join(folder, 'python.ipynb'),
      JSON.stringify({
        ...cells,
        metadata: { kernelspec: { name: 'python3', language: 'python', display_name: 'P' } },
      }),
    );
    const { status, said } = synclr('run', ...args);
    expect(said).toMatch(message);
    expect(said).not.toMatch(/\n\s+at /);
    expect(status).toBe(1);
  });
});

describe('synclr kernel install', () => {
  it('writes absolute paths, again over its own, and not over what is not its own', () => {
    const first = synclr('kernel', 'install', '--prefix', 'env');
    expect(first.status).toBe(0);
    const file = path.join(folder, 'env', 'share', 'jupyter', 'kernels', 'synclr', 'kernel.json');
    const { argv, env } = JSON.parse(readFileSync(file, 'utf8'));
    expect(argv.slice(0, 2).every((word: string) => path.isAbsolute(word) && existsSync(word))).toBe(true);
    expect(argv[2]).toBe('{connection_file}');
    expect(env.GLIBC_TUNABLES).toBeDefined();
    expect(synclr('kernel', 'install', '--prefix', 'env').status).toBe(0);
    writeFileSync(file, '{"argv": ["python"]}');
    const refused = synclr('kernel', 'install', '--prefix', 'env');
    expect(refused.said).toMatch(/another kernel of this name[\s\S]*kernelspec remove/);
    expect(refused.status).toBe(1);
  });
});
