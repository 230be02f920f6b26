import { InputError } from '../../errors.js';

/** What a pickle may hold once it is read: dictionaries are Maps, lists and tuples arrays, the rest what `Meaning` makes. */
export type Pickled = unknown;

/** An object of a class that is not known here: its entries, where it was made as a dictionary or a list. */
export class Opaque extends Map<Pickled, Pickled> {}

/** What a name or a call in a pickle stands for. Both give plain data back; neither may run anything. */
export interface Meaning {
  /** the value of `module.name` */
  global(name: string): Pickled;
  /** the value of calling a global with arguments */
  call(callee: Pickled, args: Pickled[]): Pickled;
  /** the value of a persistent id, e.g. a storage of torch */
  persistent(id: Pickled): Pickled;
}

type Refuse = (expected: string, found: string) => never;

interface Machine {
  stack: Pickled[];
  /** heights of the stack at the marks */
  marks: number[];
  memo: Map<number, Pickled>;
  meaning: Meaning;
  refuse: Refuse;
  /** the next bytes of the program */
  take(length: number): Buffer;
  line(): string;
}

/**
 * Reads a pickle of protocol 2, the one that torch.save writes, as data. It is a program for a small stack machine; this
 * one knows the opcodes that build numbers, texts, lists and dictionaries, and asks `meaning` what a global or a call
 * stands for. So there is nothing in it that could import, call or construct anything.
 *
 * @throws InputError for an opcode or a protocol that is not known, and for a program that is cut short
 */
export function unpickle(bytes: Uint8Array, meaning: Meaning, where = 'pickle'): Pickled {
  return readPickle(bytes, meaning, where).value;
}

/** The same where more may follow: its value, and how many bytes it takes. */
export function readPickle(bytes: Uint8Array, meaning: Meaning, where = 'pickle'): { value: Pickled; length: number } {
  const buffer = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const refuse: Refuse = (expected, found) => {
    throw new InputError({
      where,
      expected,
      found,
      fix: 'save the state_dict alone with torch.save: tensors, texts and numbers in dictionaries',
    });
  };
  let at = 0;
  const machine: Machine = {
    stack: [],
    marks: [],
    memo: new Map(),
    meaning,
    refuse,
    take(length) {
      if (at + length > buffer.length) refuse('a whole pickle', `its end after ${buffer.length} bytes`);
      at += length;
      return buffer.subarray(at - length, at);
    },
    line() {
      const end = buffer.indexOf(10, at);
      if (end < 0) refuse('a whole pickle', `its end after ${buffer.length} bytes`);
      const line = buffer.toString('utf8', at, end);
      at = end + 1;
      return line;
    },
  };
  for (;;) {
    const opcode = machine.take(1)[0];
    if (opcode === STOP) break;
    const operation = OPERATIONS.get(opcode);
    if (!operation)
      refuse('opcodes of a pickle that only holds data', `opcode 0x${opcode.toString(16)} at byte ${at - 1}`);
    operation?.(machine);
  }
  if (machine.stack.length !== 1 || machine.marks.length > 0)
    refuse('one value at the end of the pickle', 'another number');
  return { value: machine.stack[0], length: at };
}

const STOP = '.'.charCodeAt(0);

/** The value on top, taken off; nothing below the last mark can be reached. */
function pop({ stack, marks, refuse }: Machine): Pickled {
  if (stack.length <= (marks.at(-1) ?? 0)) refuse('a value on the stack of the pickle', 'none');
  return stack.pop();
}

function top({ stack, marks, refuse }: Machine): Pickled {
  if (stack.length <= (marks.at(-1) ?? 0)) refuse('a value on the stack of the pickle', 'none');
  return stack.at(-1);
}

/** Everything above the last mark, taken off. */
function popMark({ stack, marks, refuse }: Machine): Pickled[] {
  const from = marks.pop() ?? refuse('a mark on the stack of the pickle', 'none');
  return stack.splice(from);
}

function setItems(m: Machine, items: Pickled[]): void {
  const target = top(m);
  if (!(target instanceof Map)) return void m.refuse('a dictionary to put items in', typeof target);
  if (items.length % 2 !== 0) m.refuse('a value for every key', 'an odd number of them');
  for (let i = 0; i < items.length; i += 2) target.set(items[i], items[i + 1]);
}

function append(m: Machine, items: Pickled[]): void {
  const target = top(m);
  if (target instanceof Opaque) {
    for (const item of items) target.set(target.size, item);
    return;
  }
  if (!Array.isArray(target)) return void m.refuse('a list to append to', typeof target);
  for (const item of items) target.push(item);
}

function remembered({ memo, refuse }: Machine, index: number): Pickled {
  if (!memo.has(index)) refuse(`a value remembered as ${index}`, 'none');
  return memo.get(index);
}

/** Little-endian two's complement. Beyond 2⁵³ a number is only ever a seed or a counter, and stays a bigint. */
function long(bytes: Buffer): number | bigint {
  let n = 0n;
  for (let i = bytes.length - 1; i >= 0; i--) n = (n << 8n) | BigInt(bytes[i]);
  if (bytes.length > 0 && bytes[bytes.length - 1] & 0x80) n -= 1n << BigInt(8 * bytes.length);
  const number = Number(n);
  return Number.isSafeInteger(number) ? number : n;
}

function tuple(m: Machine, length: number): Pickled[] {
  const values = Array.from({ length }, () => pop(m));
  return values.reverse();
}

function call(m: Machine): Pickled {
  const args = pop(m);
  const callee = pop(m);
  return Array.isArray(args) ? m.meaning.call(callee, args) : m.refuse('a tuple of arguments', typeof args);
}

const push = (make: (m: Machine) => Pickled) => (m: Machine) => {
  m.stack.push(make(m));
};

const OPERATIONS = new Map<number, (m: Machine) => void>(
  Object.entries<(m: Machine) => void>({
    '\x80': (m) => {
      const protocol = m.take(1)[0];
      if (protocol !== 2) m.refuse('a pickle of protocol 2', `protocol ${protocol}`);
    },
    // Values.
    N: push(() => null),
    '\x88': push(() => true),
    '\x89': push(() => false),
    J: push((m) => m.take(4).readInt32LE()),
    K: push((m) => m.take(1)[0]),
    M: push((m) => m.take(2).readUInt16LE()),
    G: push((m) => m.take(8).readDoubleBE()),
    '\x8a': push((m) => long(m.take(m.take(1)[0]))),
    X: push((m) => m.take(m.take(4).readUInt32LE()).toString('utf8')),
    U: push((m) => m.take(m.take(1)[0]).toString('latin1')),
    T: push((m) => m.take(m.take(4).readUInt32LE()).toString('latin1')),
    // Containers.
    '(': (m) => {
      m.marks.push(m.stack.length);
    },
    '}': push(() => new Map()),
    ']': push(() => []),
    ')': push(() => []),
    t: (m) => {
      m.stack.push(popMark(m));
    },
    '\x85': push((m) => tuple(m, 1)),
    '\x86': push((m) => tuple(m, 2)),
    '\x87': push((m) => tuple(m, 3)),
    a: (m) => append(m, [pop(m)]),
    e: (m) => append(m, popMark(m)),
    s: (m) => setItems(m, tuple(m, 2)),
    u: (m) => setItems(m, popMark(m)),
    // Values that are not needed after all, or twice.
    '0': (m) => void pop(m),
    '1': (m) => void popMark(m),
    '2': push(top),
    // Memory.
    q: (m) => void m.memo.set(m.take(1)[0], top(m)),
    r: (m) => void m.memo.set(m.take(4).readUInt32LE(), top(m)),
    h: push((m) => remembered(m, m.take(1)[0])),
    j: push((m) => remembered(m, m.take(4).readUInt32LE())),
    // Names and calls.
    c: push((m) => m.meaning.global(`${m.line()}.${m.line()}`)),
    Q: push((m) => m.meaning.persistent(pop(m))),
    R: push(call),
    '\x81': push(call),
    // BUILD: attributes of an object (a state_dict's _metadata, the options in a Namespace). Nothing here reads them.
    b: (m) => void pop(m),
  }).map(([key, operation]) => [key.charCodeAt(0), operation]),
);
