import { type NotebookOutput, toLines } from './document.js';

type Content = Record<string, unknown>;
type Mimes = Record<string, unknown>;

/** Text overwritten by carriage returns shows only what is left at the end of each line, as on a terminal. */
function settleCarriageReturns(text: string): string {
  if (!text.includes('\r')) return text;
  const lines = text.split('\n');
  return lines
    .map((line, i) => {
      let end = line.length;
      // Before a newline they do nothing; the last line may go on.
      if (i < lines.length - 1) while (line[end - 1] === '\r') end--;
      return end < 2 ? line.slice(0, end) : line.slice(line.lastIndexOf('\r', end - 2) + 1, end);
    })
    .join('\n');
}

/** Mime bundle as nbformat keeps it: text in lines, base64 in one string, JSON as it is. */
function storedMimes(data: Mimes): Mimes {
  const isText = (mime: string) => /^text\/|^image\/svg\+xml$|^application\/javascript$/.test(mime);
  return Object.fromEntries(
    Object.entries(data).map(([mime, value]) => [
      mime,
      typeof value === 'string' && isText(mime) ? toLines(value) : value,
    ]),
  );
}

interface Collected {
  output: NotebookOutput;
  /** what a stream has printed so far */
  text?: string;
}

/** Gathers the outputs of a whole notebook from kernel messages. */
export interface OutputCollector {
  /** The listener for one cell. */
  forCell(cell: number): (message: { type: string; content: Content }) => void;
  /** The outputs of a cell so far, in nbformat. */
  outputs(cell: number): NotebookOutput[];
  /** What a cell wrote to one of its streams, unmerged and unsettled. */
  streamText(cell: number, name: 'stdout' | 'stderr'): string;
}

/**
 * Collects outputs as Jupyter does: neighbouring pieces of one stream become one output; an update to a display
 * (a progress bar, say) replaces what it showed, also in an earlier cell, so that only the final state is left.
 */
export function collectOutputs(): OutputCollector {
  const cells = new Map<number, { list: Collected[]; raw: Record<string, string>; clearNext: boolean }>();
  const displays = new Map<string, NotebookOutput[]>();
  const cellState = (index: number) => {
    const state = cells.get(index) ?? { list: [], raw: {}, clearNext: false };
    cells.set(index, state);
    return state;
  };

  const receive = (index: number, type: string, content: Content) => {
    const state = cellState(index);
    const add = (collected: Collected) => {
      if (state.clearNext) state.list.length = 0;
      state.clearNext = false;
      state.list.push(collected);
    };
    const data = storedMimes((content.data ?? {}) as Mimes);
    const metadata = content.metadata ?? {};
    const displayId = (content.transient as { display_id?: string } | undefined)?.display_id;
    switch (type) {
      case 'stream': {
        const name = String(content.name);
        const text = String(content.text);
        state.raw[name] = (state.raw[name] ?? '') + text;
        const last = state.clearNext ? undefined : state.list.at(-1);
        if (last?.text !== undefined && last.output.name === name) last.text += text;
        else add({ output: { output_type: 'stream', name }, text });
        break;
      }
      case 'display_data': {
        const output = { output_type: 'display_data', data, metadata };
        add({ output });
        if (displayId) displays.set(displayId, [...(displays.get(displayId) ?? []), output]);
        break;
      }
      case 'update_display_data':
        for (const output of displays.get(displayId ?? '') ?? []) Object.assign(output, { data, metadata });
        break;
      case 'execute_result':
        add({ output: { output_type: 'execute_result', data, metadata, execution_count: index + 1 } });
        break;
      case 'error': {
        const { ename, evalue, traceback } = content;
        add({ output: { output_type: 'error', ename, evalue, traceback } });
        break;
      }
      case 'clear_output':
        if (content.wait) state.clearNext = true;
        else state.list.length = 0;
    }
  };

  return {
    forCell:
      (index) =>
      ({ type, content }) =>
        receive(index, type, content),
    outputs: (index) =>
      cellState(index).list.map(({ output, text }) =>
        text === undefined ? output : { ...output, text: toLines(settleCarriageReturns(text)) },
      ),
    streamText: (index, name) => cellState(index).raw[name] ?? '',
  };
}
