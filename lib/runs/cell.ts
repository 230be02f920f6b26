/** Mime type → what to show, as a Jupyter message has it, and the place that it may replace. */
export interface DisplayContent {
  data: Record<string, unknown>;
  metadata: Record<string, unknown>;
  transient: { display_id?: string };
}

/** What the kernel gives to the cell that runs. The kernel (notebook/tslab/) sets it; whatever a cell calls finds it here. */
export interface Cell {
  /** aborted with an `Interrupted` when the reader presses ■ */
  readonly signal: AbortSignal;
  /** Shows something, or replaces what the same `display_id` shows. */
  display(content: DisplayContent, update: boolean): void;
  /** Takes a display out of the cell's output again. */
  erase(displayId: string): void;
}

/** Work was stopped by whoever started it: no failure. */
export class Interrupted extends Error {
  override name = 'Interrupted';
}

/** One place in the process, whatever copy of this library a cell imports. */
const place = globalThis as unknown as Record<symbol, Cell | undefined>;
const key = Symbol.for('synclr.cell');

/** The cell that runs; undefined outside of our kernel. */
export function currentCell(): Cell | undefined {
  return place[key];
}

export function setCurrentCell(cell: Cell | undefined): void {
  place[key] = cell;
}

/**
 * When work has to stop: the caller's signal, and in a notebook ■, too. Work that takes long asks for it once, when it
 * starts, and looks at each step.
 */
export function stopSignal(given?: AbortSignal): AbortSignal | undefined {
  const cell = currentCell()?.signal;
  return given && cell ? AbortSignal.any([given, cell]) : (given ?? cell);
}

/** For work that ends quietly when its caller's signal is aborted: after ■ nothing may take half a result for a whole. */
export function throwIfInterrupted(signal: AbortSignal | undefined): void {
  if (signal?.aborted && signal.reason instanceof Interrupted && currentCell()) throw signal.reason;
}
