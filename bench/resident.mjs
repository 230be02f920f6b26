import { spawn } from 'node:child_process';
import { createInterface } from 'node:readline';

/** A child process that prepares, prints one JSON line, and then answers every JSON line with one of its own. */
export class Resident {
  #child;
  #answers;
  #errors = '';

  /** Resolves when it is ready; what it said is in `ready`. @throws Error with its last words when it dies. */
  static async start(command, args, env = {}) {
    const resident = new Resident();
    const child = spawn(command, args, { env: { ...process.env, ...env }, stdio: ['pipe', 'pipe', 'pipe'] });
    child.stderr.on('data', (data) => {
      resident.#errors = (resident.#errors + data).slice(-4000);
    });
    child.on('error', (error) => {
      resident.#errors += error.message;
    });
    child.stdin.on('error', () => {});
    resident.#child = child;
    resident.#answers = createInterface({ input: child.stdout })[Symbol.asyncIterator]();
    resident.ready = await resident.#next();
    return resident;
  }

  get pid() {
    return this.#child.pid;
  }

  /** Sends a request and waits for its answer. */
  ask(request) {
    this.#child.stdin.write(`${JSON.stringify(request)}\n`);
    return this.#next();
  }

  stop() {
    this.#child.stdin.end();
    this.#child.kill();
  }

  async #next() {
    const { value, done } = await this.#answers.next();
    if (done) throw new Error(this.#errors.trim().split('\n').slice(-6).join('\n') || 'it ended without a word');
    return JSON.parse(value);
  }
}
