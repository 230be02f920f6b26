import { randomUUID } from 'node:crypto';
import type { Reply, Router } from 'zeromq';
import { languageInfo } from '../kernelSpec.js';
import { decodeMessage, encodeMessage, type JupyterMessage } from '../messages.js';
import { type PastCell, searchHistory } from './history.js';
import { sendInOrder } from './sendInOrder.js';
import { type ExecuteReply, openSession } from './session.js';

/** A connection file of Jupyter (jupyter-client.readthedocs.io, "Making kernels for Jupyter"). */
export interface ConnectionInfo {
  transport: string;
  ip: string;
  key: string;
  shell_port: number;
  iopub_port: number;
  stdin_port: number;
  control_port: number;
  hb_port: number;
}

type MimeText = Record<'text/plain', string>;

/** After a failure, cells that were sent together with it come in for so long, and are not run. */
const ABORT_MS = 100;

/** The kernel's side of Jupyter's protocol 5.3: answers until it is told to shut down, then ends the process. */
export async function serveKernel(connection: ConnectionInfo): Promise<void> {
  const zmq = await import('zeromq');
  const author = { key: connection.key, session: randomUUID() };
  const session = openSession();
  const { language } = session;
  const info = languageInfo();

  const address = (port: number) =>
    `${connection.transport}://${connection.ip}${connection.transport === 'ipc' ? '-' : ':'}${port}`;
  // Nothing that is printed may be dropped, however fast.
  const iopub = new zmq.Publisher({ sendHighWaterMark: 0 });
  const [shell, control, stdin] = [new zmq.Router(), new zmq.Router(), new zmq.Router()];
  const heartbeat = new zmq.Reply();
  const sockets = { shell, control, stdin, iopub, hb: heartbeat };
  for (const [name, socket] of Object.entries(sockets)) {
    await socket.bind(address(connection[`${name as keyof typeof sockets}_port`]));
  }

  const sendOut = sendInOrder(iopub);
  const publish = (type: string, content: object, parent?: JupyterMessage) => {
    const identities = [Buffer.from(type)];
    const { frames } = encodeMessage(type, content as Record<string, unknown>, author, { parent, identities });
    sendOut(frames);
  };
  /** A router sends one message at a time. */
  const queues = new Map<Router, Promise<unknown>>();
  const reply = (socket: Router, request: JupyterMessage, type: string, content: object) => {
    const { identities } = request;
    const { frames } = encodeMessage(type, content as Record<string, unknown>, author, { parent: request, identities });
    const sent = (queues.get(socket) ?? Promise.resolve()).then(() => socket.send(frames)).catch(() => undefined);
    queues.set(socket, sent);
    return sent;
  };

  let count = 0;
  const past: PastCell[] = [];
  let aborting = false;
  let cells: Promise<unknown> = Promise.resolve();

  const execute = async (request: JupyterMessage): Promise<ExecuteReply | { status: 'aborted' }> => {
    const { code, silent = false, store_history = true, stop_on_error = true, user_expressions = {} } = request.content;
    if (aborting) return { status: 'aborted' };
    if (!silent && store_history) count++;
    if (!silent) publish('execute_input', { code, execution_count: count }, request);
    const cell: PastCell = { line: count, input: String(code) };
    if (!silent && store_history) past.push(cell);
    const result = await session.run(String(code), {
      publish(type, content) {
        if (type === 'execute_result') cell.output = String((content as { data: MimeText }).data['text/plain']);
        publish(type, content, request);
      },
      silent: Boolean(silent),
      count,
    });
    if (result.status === 'error' && stop_on_error) {
      aborting = true;
      setTimeout(() => {
        aborting = false;
      }, ABORT_MS);
    }
    return Object.keys(user_expressions as object).length > 0 ? { ...result, user_expressions: {} } : result;
  };

  const answer = async (request: JupyterMessage): Promise<object | undefined> => {
    const { content } = request;
    const code = String(content.code ?? '');
    const position = utf16Position(code, Number(content.cursor_pos ?? code.length));
    switch (request.type) {
      case 'kernel_info_request':
        return {
          status: 'ok',
          protocol_version: '5.3',
          implementation: 'synclr',
          implementation_version: '0.1.0',
          language_info: info,
          banner: `TypeScript ${info.version} on Node ${process.version}`,
          help_links: [],
        };
      case 'execute_request': {
        const work = cells.then(() => execute(request));
        cells = work.catch(() => undefined);
        return work;
      }
      case 'is_complete_request': {
        const { completed, indent } = language.isComplete(code);
        return completed ? { status: 'complete' } : { status: 'incomplete', indent: indent ?? '' };
      }
      case 'inspect_request': {
        const text = language.inspect(code, position);
        return { status: 'ok', found: text !== undefined, data: text ? { 'text/plain': text } : {}, metadata: {} };
      }
      case 'complete_request': {
        const { start, end, candidates } = language.complete(code, position);
        const [cursor_start, cursor_end] = [codePoints(code, start), codePoints(code, end)];
        return { status: 'ok', cursor_start, cursor_end, matches: candidates, metadata: {} };
      }
      case 'comm_info_request':
        return { status: 'ok', comms: {} };
      case 'history_request':
        return { status: 'ok', history: searchHistory(past, content) };
      case 'interrupt_request':
        session.interrupt();
        return { status: 'ok' };
      case 'shutdown_request':
        return { status: 'ok', restart: Boolean(content.restart) };
      default:
        return undefined;
    }
  };

  const handle = async (socket: Router, request: JupyterMessage) => {
    publish('status', { execution_state: 'busy' }, request);
    const content = await answer(request).catch((error: Error) => ({
      status: 'error',
      ename: error.name,
      evalue: error.message,
      traceback: [],
    }));
    if (content) await reply(socket, request, request.type.replace(/_request$/, '_reply'), content);
    if (request.type === 'shutdown_request') publish('shutdown_reply', content ?? {}, request);
    publish('status', { execution_state: 'idle' }, request);
    // Sockets hand over what was sent in their own threads.
    if (request.type === 'shutdown_request') setTimeout(() => process.exit(0), 100);
  };
  const listen = async (socket: Router) => {
    for await (const frames of socket) {
      let request: JupyterMessage;
      try {
        request = decodeMessage(frames, author);
      } catch (error) {
        console.error(`A message that is not Jupyter's, or not signed with its key, was left out: ${error}`);
        continue;
      }
      void handle(socket, request);
    }
  };
  process.on('SIGINT', () => session.interrupt());
  publish('status', { execution_state: 'starting' });
  void listen(shell);
  void listen(control);
  void echo(heartbeat);
}

async function echo(heartbeat: Reply): Promise<void> {
  for await (const frames of heartbeat) await heartbeat.send(frames);
}

/** Jupyter counts characters, JavaScript UTF-16 units. */
function utf16Position(text: string, characters: number): number {
  return [...text].slice(0, characters).join('').length;
}

function codePoints(text: string, units: number): number {
  return [...text.slice(0, units)].length;
}
