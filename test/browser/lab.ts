import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readdirSync, readFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { openPage, type Page } from '../../lib/figures/devtools.js';
import { findChromium } from '../../lib/figures/unpackChromium.js';
import { projectPath } from '../../lib/runs/index.js';

/** JupyterLab as `npm run notebook` starts it, in a headless browser. */
export interface Lab {
  readonly page: Page;
  /** Opens a notebook (a path inside the repository), connects its kernel, and says how many code cells it has. */
  open(file: string): Promise<number>;
  command(name: string): Promise<void>;
  /** the number, source and outputs of every code cell */
  cells(): Promise<{ count: number | null; source: string; outputs: LabOutput[] }[]>;
  /** Waits for something true in the page. */
  until(what: string, expression: string, seconds: number): Promise<void>;
  /** Makes the code cell that contains this text the active one. */
  select(text: string): Promise<void>;
  /** Runs the active cell and waits until it is done. */
  runSelected(seconds: number): Promise<void>;
  /** Waits until the kernel says that it is idle. */
  idle(seconds: number): Promise<void>;
  /** the processor time that kernels and all their processes have used so far (where /proc tells) */
  kernelSeconds(): number;
  /** Runs every cell and waits until the last is done, or one fails. */
  runAll(seconds: number): Promise<void>;
  close(): Promise<void>;
}

export interface LabOutput {
  output_type: string;
  data?: Record<string, unknown>;
  evalue?: string;
  text?: string;
}

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as { port: number };
  server.close();
  return port;
}

const panel = 'jupyterapp.shell.currentWidget';

/** Processor time of the processes below one whose command is meant, and of all that these started. */
function secondsBelow(root: number, isMeant: (command: string) => boolean): number {
  const processes = readdirSync('/proc').flatMap((name) => {
    if (!/^\d+$/.test(name)) return [];
    try {
      const [, parent, ...fields] = readFileSync(`/proc/${name}/stat`, 'utf8')
        .replace(/^.*\) /, '')
        .split(' ');
      const command = readFileSync(`/proc/${name}/cmdline`, 'utf8');
      return [{ pid: Number(name), parent: Number(parent), ticks: Number(fields[9]) + Number(fields[10]), command }];
    } catch {
      return []; // it has ended since
    }
  });
  const sum = (pid: number, meant: boolean): number =>
    processes
      .filter(({ parent }) => parent === pid)
      .reduce((ticks, one) => {
        const counts = meant || isMeant(one.command);
        return ticks + (counts ? one.ticks : 0) + sum(one.pid, counts);
      }, 0);
  return sum(root, false) / 100;
}

export async function openLab({ env = {} }: { env?: NodeJS.ProcessEnv } = {}): Promise<Lab> {
  const port = await freePort();
  const token = 'a-token-of-this-test';
  const options = ['--no-browser', '--allow-root', `--port=${port}`, '--LabApp.expose_app_in_browser=True'];
  const args = [
    'notebook',
    ...options,
    `--IdentityProvider.token=${token}`,
    '--LabApp.news_url=',
    '--LabApp.check_for_updates_class=jupyterlab.NeverCheckForUpdate',
  ];
  const lab = spawn(process.execPath, [projectPath('lib', 'dist', 'cli', 'main.js'), ...args], {
    env: { ...process.env, ...env },
    stdio: ['ignore', 'ignore', 'pipe'],
  });
  let words = '';
  lab.stderr.setEncoding('utf8').on('data', (text: string) => {
    words = (words + text).slice(-4000);
  });
  const url = `http://127.0.0.1:${port}/lab?token=${token}&reset`;
  for (let tries = 0; ; tries++) {
    const answer = await fetch(url).catch(() => undefined);
    if (answer?.ok) break;
    if (tries > 480 || lab.exitCode !== null) {
      lab.kill('SIGTERM');
      throw new Error(`JupyterLab did not start:\n${words}`);
    }
    await sleep(500);
  }
  const page = await openPage(await findChromium(), ['--window-size=1600,1200']);
  await page.evaluate(`location.href = ${JSON.stringify(url)}`);

  const until = async (what: string, expression: string, seconds: number) => {
    const end = Date.now() + seconds * 1000;
    while ((await page.evaluate(expression).catch(() => false)) !== true) {
      if (Date.now() > end) throw new Error(`not within ${seconds} s: ${what}\n${words}`);
      await sleep(250);
    }
  };
  await until('JupyterLab shows itself', 'typeof jupyterapp === "object" && !!jupyterapp.shell', 180);
  await page.evaluate('jupyterapp.restored.then(() => true)');

  const command = async (name: string) => {
    await page.evaluate(`void jupyterapp.commands.execute(${JSON.stringify(name)})`);
  };
  const cells: Lab['cells'] = async () =>
    JSON.parse(
      (await page.evaluate(`JSON.stringify([...${panel}.content.model.cells].filter((c) => c.type === 'code')
        .map((c) => ({ count: c.executionCount, source: c.sharedModel.getSource(), outputs: c.outputs.toJSON() })))`)) as string,
    );
  const idle = (seconds: number) =>
    until('the kernel is idle', `${panel}.sessionContext.session?.kernel?.status === 'idle'`, seconds);
  return {
    page,
    until,
    command,
    cells,
    idle,
    async select(text) {
      const at = `${panel}.content.widgets.findIndex((w) => w.model.type === 'code' && w.model.sharedModel.getSource().includes(${JSON.stringify(text)}))`;
      const found = await page.evaluate(`${panel}.content.activeCellIndex = ${at}`);
      if (Number(found) < 0) throw new Error(`no cell contains ${text}`);
    },
    async runSelected(seconds) {
      await page.evaluate(`${panel}.content.activeCell.model.clearExecution()`);
      await command('notebook:run-cell');
      await until('the cell has run', `${panel}.content.activeCell.model.executionCount !== null`, seconds);
      await idle(60);
    },
    kernelSeconds: () => secondsBelow(lab.pid!, (command) => command.includes('/kernels/synclr/')),
    async open(file) {
      // One kernel at a time.
      await page.evaluate(`${panel}?.sessionContext?.shutdown().then(() => true)`).catch(() => undefined);
      await page.evaluate(
        `jupyterapp.commands.execute('docmanager:open', { path: ${JSON.stringify(file)} }).then((w) => w.context.ready).then(() => true)`,
      );
      await until('the notebook is there', `${panel}?.context?.path === ${JSON.stringify(file)}`, 60);
      await idle(180);
      return (await cells()).length;
    },
    async runAll(seconds) {
      await page.evaluate(`[...${panel}.content.model.cells].forEach((c) => c.clearExecution?.())`);
      await command('notebook:run-all-cells');
      const all = `[...${panel}.content.model.cells].filter((c) => c.type === 'code' && c.sharedModel.getSource().trim())`;
      const failed = `${all}.some((c) => c.outputs.toJSON().some((o) => o.output_type === 'error'))`;
      await until(
        'every cell has run',
        `(${failed} || ${all}.every((c) => c.executionCount !== null)) && ${panel}.sessionContext.session.kernel.status === 'idle'`,
        seconds,
      );
    },
    async close() {
      await page.close();
      const exit = once(lab, 'exit');
      lab.kill('SIGTERM');
      await exit;
    },
  };
}
