import { spawnSync } from 'node:child_process';
import { mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { notebookText, readNotebook, runNotebook } from '../../lib/notebook/index.js';
import { projectPath } from '../../lib/runs/index.js';
import { type Lab, openLab } from './lab.js';

const hasLab = spawnSync('jupyter-lab', ['--version']).status === 0;

/** Copies inside the repository, which git does not see. */
const FOLDER = path.join('runs', 'browser');

interface Shown {
  natural: number;
  shown: number;
  wanted: number;
}

/** The pictures of the open notebook: pixels they have, and how wide they are shown and wanted. */
const PICTURES = `JSON.stringify([...jupyterapp.shell.currentWidget.node.querySelectorAll('.jp-RenderedImage img')]
  .map((img) => ({ natural: img.naturalWidth, shown: img.width, wanted: Number(img.getAttribute('width')) })))`;

describe.skipIf(!hasLab)(
  'the notebooks in JupyterLab (pip install jupyterlab to run this)',
  { timeout: 1_800_000 },
  () => {
    let lab: Lab;
    beforeAll(async () => {
      mkdirSync(projectPath(FOLDER), { recursive: true });
      lab = await openLab();
    }, 600_000);
    afterAll(async () => {
      await lab?.close();
      rmSync(projectPath(FOLDER), { recursive: true, force: true });
    }, 60_000);

    const copy = (name: string, change: (text: string) => string = (text) => text) => {
      const file = path.join(FOLDER, name);
      writeFileSync(projectPath(file), change(readFileSync(projectPath('notebooks', name), 'utf8')));
      return file;
    };
    const make = (name: string, sources: readonly string[]) => {
      const notebook = readNotebook(projectPath('notebooks', '05-pca.ipynb'));
      const code = { cell_type: 'code' as const, metadata: {}, outputs: [] };
      const cells = sources.map((source, i) => ({ ...code, id: `cell-${i}`, source }));
      const file = path.join(FOLDER, name);
      writeFileSync(projectPath(file), notebookText({ ...notebook, cells }));
      return file;
    };
    /** Presses ■ and sees that the work ends: the kernel says so, and uses the processor for less than two seconds more. */
    const stop = async () => {
      const pressed = lab.kernelSeconds();
      await lab.command('notebook:interrupt-kernel');
      await lab.idle(60);
      expect((await errors()).map(({ evalue }) => evalue)).toEqual(['stopped by ■']);
      for (let [last, used] = [0, lab.kernelSeconds()]; used - last > 0.1; [last, used] = [used, lab.kernelSeconds()]) {
        expect(used - pressed).toBeLessThan(2);
        await sleep(1000);
      }
    };
    const errors = async () =>
      (await lab.cells()).flatMap(({ outputs }) => outputs).filter(({ output_type }) => output_type === 'error');
    const pictures = async (): Promise<Shown[]> => JSON.parse((await lab.page.evaluate(PICTURES)) as string);

    it('05 opened, run and saved is what our runner writes, byte for byte; figures have their size', async () => {
      const file = copy('05-pca.ipynb');
      const committed = readFileSync(projectPath('figures', 'fig5-pca.png'));
      await runNotebook(projectPath(file));
      const before = readFileSync(projectPath(file), 'utf8');
      await lab.open(file);
      await lab.command('docmanager:save');
      await sleep(2000);
      expect(readFileSync(projectPath(file), 'utf8')).toBe(before);
      await lab.runAll(900);
      expect(await errors()).toEqual([]);
      await lab.command('docmanager:save');
      await sleep(2000);
      expect(readFileSync(projectPath(file), 'utf8')).toBe(before);
      const shown = await pictures();
      expect(shown.length).toBeGreaterThan(0);
      for (const one of shown) expect(one).toMatchObject({ shown: one.wanted, natural: 2 * one.wanted });
      expect(readFileSync(projectPath('figures', 'fig5-pca.png')).equals(committed)).toBe(true);
    });

    it.each(['00-overview', '03-objective'])('%s runs', async (name) => {
      await lab.open(copy(`${name}.ipynb`));
      await lab.runAll(900);
      expect(await errors()).toEqual([]);
    });

    it('03 runs with another parameter; ■ stops its own training loop, nothing runs on, and the cell works again', async () => {
      await lab.open(copy('03-training.ipynb'));
      const parameters = `[...jupyterapp.shell.currentWidget.content.model.cells].find((c) => c.sharedModel.getSource().includes("const tier = 'laptop'")).sharedModel`;
      await lab.page.evaluate(`${parameters}.setSource(${parameters}.getSource().replace("'laptop'", "'smoke'"))`);
      await lab.runAll(1500);
      expect(await errors()).toEqual([]);
      await lab.select('await train(step, start)');
      await lab.command('notebook:run-cell');
      await sleep(3000);
      await stop();
      await lab.runSelected(600);
      expect(await errors()).toEqual([]);
    });

    it('■ in trainLive: idle within 2 s, the next cell works, and the run goes on', async () => {
      await lab.open(
        make('live.ipynb', [
          `import { trainLive } from 'synclr/tiers';`,
          `const { metrics } = await trainLive('smoke');\nconsole.log('steps', metrics.length);`,
          `console.log('next');`,
        ]),
      );
      await lab.select('import {');
      await lab.runSelected(120);
      await lab.select('trainLive(');
      await lab.command('notebook:run-cell');
      await lab.until(
        'training has begun, or failed',
        `jupyterapp.shell.currentWidget.content.activeCell.model.outputs.toJSON().some((o) => o.output_type === 'error' || /training.* [1-9]/.test(String(o.data?.['text/plain'])))`,
        600,
      );
      expect(await errors()).toEqual([]);
      await stop();
      await lab.select("'next'");
      await lab.runSelected(60);
      await lab.select('trainLive(');
      await lab.runSelected(600);
      const said = (await lab.cells()).flatMap(({ outputs }) => outputs.map(({ text }) => text));
      expect(said.filter(Boolean)).toEqual(['steps 30\n', 'next\n']);
    });

    it('a figure asked for is interactive, at its size', async () => {
      const file = make('interactive.ipynb', [
        `import { showFigure } from 'synclr';`,
        `await showFigure('mine', { data: [{ type: 'scatter', y: [1, 3, 2] }], layout: { width: 500, height: 300 } }, { data: {}, interactive: true });`,
      ]);
      await lab.open(file);
      await lab.runAll(300);
      expect(await errors()).toEqual([]);
      const plot = `jupyterapp.shell.currentWidget.node.querySelector('.js-plotly-plot')`;
      await lab.until('Plotly draws', `!!${plot}?.querySelector('svg.main-svg')`, 30);
      // Python's plotly has an extension that draws into an element as wide as the notebook.
      const drawing = `${plot}.querySelector('svg.main-svg').getBoundingClientRect()`;
      expect(await lab.page.evaluate(`[${drawing}.width, ${drawing}.height].join()`)).toBe('500,300');
    });
  },
);
