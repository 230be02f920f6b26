import { closeSync, openSync, readSync, statSync } from 'node:fs';
import { InputError } from '../../errors.js';
import { narrowLong, widenBrain, widenHalf } from '../../runs/floats.js';
import { type HostTensor, type HostTensors, hostTensor, sizeOf } from '../../runs/hostTensor.js';
import { refuseLfsPointer } from '../../runs/lfsPointer.js';
import { OLD_MAGIC, openOldArchive } from './oldPth.js';
import { type Meaning, Opaque, type Pickled, unpickle } from './unpickle.js';
import { openStoredZip, type StoredZip } from './zip.js';

type Numbers = Float32Array | Int32Array | BigInt64Array;

/** The kinds of storage: bytes of a number, and how they become ours. Kinds without that are refused when they are read. */
const DTYPES = new Map<string, { bytes: number; decode?: (raw: ArrayBuffer) => Numbers }>([
  ['FloatStorage', { bytes: 4, decode: (raw) => new Float32Array(raw) }],
  ['HalfStorage', { bytes: 2, decode: (raw) => widenHalf(new Uint16Array(raw)) }],
  ['BFloat16Storage', { bytes: 2, decode: (raw) => widenBrain(new Uint16Array(raw)) }],
  ['LongStorage', { bytes: 8, decode: (raw) => new BigInt64Array(raw) }],
  ['IntStorage', { bytes: 4, decode: (raw) => new Int32Array(raw) }],
  ['DoubleStorage', { bytes: 8 }],
  ['ShortStorage', { bytes: 2 }],
  ['CharStorage', { bytes: 1 }],
  ['ByteStorage', { bytes: 1 }],
  ['BoolStorage', { bytes: 1 }],
]);

/**
 * What no checkpoint needs and an attack does. Nothing in a pickle is ever run here, so this list guards nobody: it says
 * that the file is hostile. Whatever else stands beside the weights, options, counters, dates, classes of a user's code,
 * is read as a blank.
 */
const HOSTILE =
  /^(os|posix|nt|subprocess|commands|sys|importlib|imp|runpy|socket|shutil|ctypes|pty|code|webbrowser|(__builtin__|builtins)\.(eval|exec|execfile|compile|open|__import__|input|breakpoint))(\.|$)/;

/** The value of a name in the pickle: `torch.FloatStorage`. */
class Named {
  constructor(readonly name: string) {}
}

interface Storage {
  /** e.g. FloatStorage */
  kind: string;
  /** its entry in the archive */
  entry: string;
  /** in numbers */
  length: number;
}

/** A tensor of a checkpoint: a view of a storage. */
export class PthTensor {
  constructor(
    readonly storage: Storage,
    readonly offset: number,
    readonly shape: readonly number[],
    readonly strides: readonly number[],
  ) {}
}

/** A checkpoint, open. */
export interface PthFile {
  /** by path: keys of nested dictionaries and indices of lists, joined by dots */
  readonly tensors: ReadonlyMap<string, PthTensor>;
  /**
   * Reads one tensor. float16 and bfloat16 become float32, int64 becomes int32.
   * @throws InputError for another kind of number, and for int64 numbers that int32 cannot hold
   */
  read(name: string): HostTensor;
  close(): void;
}

/**
 * Opens a checkpoint that torch.save wrote (since PyTorch 1.6 a zip archive of a pickle and raw storages) without running
 * anything in it. Only the directory and the pickle are read; tensors follow when they are asked for. A file of the format before
 * is read whole.
 *
 * @throws InputError for another format, for names in the pickle that only an attack has, and for tensors that reach
 * outside their storage
 */
export function openPth(file: string): PthFile {
  const zip = openArchive(file);
  try {
    const root = rootOf(zip, file);
    const tree = unpickle(zip.read(`${root}/data.pkl`), meaningOf(zip, root, file), `${file}, data.pkl`);
    const tensors = tensorsOf(tree, file);
    let last: { entry: string; kind: string; numbers: Numbers } | undefined;
    return {
      tensors,
      read(name) {
        const where = `${file}, ${name}`;
        const tensor = tensors.get(name);
        if (!tensor)
          throw new InputError({
            where,
            expected: 'a tensor of the checkpoint',
            found: 'none',
            fix: 'choose one of its names',
          });
        const { storage } = tensor;
        if (last?.entry !== storage.entry || last.kind !== storage.kind) {
          last = { ...storage, numbers: numbersOf(zip, storage, where) };
        }
        return gather(tensor, last.numbers, where);
      },
      close: () => zip.close(),
    };
  } catch (error) {
    zip.close();
    throw error;
  }
}

/** The tensors of a checkpoint by path, all of them or those for which `wanted` holds: `openPth`, once. */
export function readPth(file: string, wanted: (name: string) => boolean = () => true): HostTensors {
  const pth = openPth(file);
  try {
    return Object.fromEntries([...pth.tensors.keys()].filter(wanted).map((name) => [name, pth.read(name)]));
  } finally {
    pth.close();
  }
}

/** Of either format: the zip archive of PyTorch 1.6 and newer, or the one before. */
function openArchive(file: string): StoredZip {
  if (!statSync(file, { throwIfNoEntry: false })?.isFile()) {
    throw new InputError({
      where: file,
      expected: 'a checkpoint that torch.save wrote',
      found: 'no such file',
      fix: 'check the path',
    });
  }
  refuseLfsPointer(file);
  const head = Buffer.alloc(OLD_MAGIC.length);
  const descriptor = openSync(file, 'r');
  readSync(descriptor, head, 0, head.length, 0);
  closeSync(descriptor);
  return head.equals(OLD_MAGIC) ? openOldArchive(file, (kind) => DTYPES.get(kind)?.bytes) : openStoredZip(file);
}

/** The folder inside the archive: its name is free, `data.pkl` is not. */
function rootOf(zip: StoredZip, file: string): string {
  const refuse = (found: string, fix: string): never => {
    throw new InputError({ where: file, expected: 'an archive with one data.pkl, as torch.save makes', found, fix });
  };
  const found = zip.names.filter((name) => /^[^/]+\/data\.pkl$/.test(name));
  if (found.length !== 1) refuse(`${found.length} of them`, 'choose a file that torch.save wrote');
  const root = found[0].slice(0, found[0].indexOf('/'));
  if (zip.names.includes(`${root}/constants.pkl`)) refuse('a TorchScript program', 'save the state_dict instead');
  const order = zip.names.includes(`${root}/byteorder`)
    ? Buffer.from(zip.read(`${root}/byteorder`)).toString()
    : 'little';
  if (order !== 'little') refuse(`numbers in ${order}-endian order`, 'save it again on a little-endian machine');
  return root;
}

function meaningOf(zip: StoredZip, root: string, file: string): Meaning {
  const refuse = (expected: string, found: string): never => {
    throw new InputError({ where: file, expected, found, fix: 'save the state_dict alone with torch.save' });
  };
  return {
    global(name) {
      return HOSTILE.test(name) ? refuse('names of tensors and plain data in the pickle', name) : new Named(name);
    },
    call(callee, args) {
      // Objects of objects: what a blank gives is another.
      if (callee instanceof Opaque) return new Opaque();
      if (!(callee instanceof Named)) return refuse('calls that build tensors and data', `a call of ${typeof callee}`);
      const [first, , third] = args;
      switch (callee.name) {
        case 'torch._utils._rebuild_tensor_v2':
          return tensorOf(args, refuse);
        case 'torch._utils._rebuild_parameter':
        case 'torch._utils._rebuild_parameter_with_state':
          return first;
        case 'torch._tensor._rebuild_from_type_v2':
          return first instanceof Named && Array.isArray(third) ? this.call(first, third) : new Opaque();
        default:
          return opaqueOf(first);
      }
    },
    persistent(id) {
      const [tag, kind, key, , length] = Array.isArray(id) ? id : [];
      if (tag !== 'storage' || !(kind instanceof Named) || typeof key !== 'string' || !isCount(length)) {
        return refuse('a storage: its kind, key, place and length', 'another persistent id');
      }
      const storage = { kind: kind.name.slice('torch.'.length), entry: `${root}/data/${key}`, length };
      const size = zip.sizeOf(storage.entry);
      // A kind that is not known is refused when it is read.
      const bytes = DTYPES.get(storage.kind)?.bytes;
      if (bytes !== undefined && size !== length * bytes)
        refuse(`${length} numbers of ${storage.kind} in ${storage.entry}`, `${size} bytes`);
      return storage;
    },
  };
}

/** A dictionary of some class, and any other object as one without entries. */
function opaqueOf(first: Pickled): Opaque {
  const isPairs = Array.isArray(first) && first.every((pair) => Array.isArray(pair) && pair.length === 2);
  return new Opaque(first instanceof Map || isPairs ? (first as Iterable<[Pickled, Pickled]>) : []);
}

const isCount = (n: unknown): n is number => Number.isSafeInteger(n) && (n as number) >= 0;
const areCounts = (list: unknown): list is number[] => Array.isArray(list) && list.every(isCount);

function tensorOf(
  [storage, offset, shape, strides]: Pickled[],
  refuse: (expected: string, found: string) => never,
): PthTensor {
  const { kind, length } = (storage ?? {}) as Storage;
  if (!kind || !isCount(offset) || !areCounts(shape) || !areCounts(strides) || shape.length !== strides.length) {
    return refuse('a tensor: storage, offset, shape and strides', 'other arguments');
  }
  const last = shape.includes(0) ? offset - 1 : shape.reduce((at, n, i) => at + (n - 1) * strides[i], offset);
  if (last >= length) {
    refuse(`a tensor [${shape}] within the ${length} numbers of its storage`, `number ${last} of it`);
  }
  // A stride of 0 would let a few bytes unfold into any amount of memory.
  if (sizeOf(shape) > length) refuse(`at most the ${length} numbers of the storage in a tensor`, `[${shape}]`);
  return new PthTensor(storage as Storage, offset, shape, strides);
}

/** Nested dictionaries as deep as this are none of a checkpoint's. */
const DEPTH = 32;
/** Tied weights share a storage; that all tensors together are many times their storages is no honest checkpoint. */
const SHARING = 4;

/** The tensors of a tree by path. A container is entered once, so that cycles and shared branches end. */
function tensorsOf(tree: Pickled, file: string): Map<string, PthTensor> {
  const tensors = new Map<string, PthTensor>();
  const seen = new Set<unknown>();
  const refuse = (expected: string, found: string): never => {
    throw new InputError({ where: file, expected, found, fix: 'save the state_dict alone with torch.save' });
  };
  const enter = (value: Pickled, path: readonly (string | number)[]): void => {
    if (value instanceof PthTensor) {
      const name = path.join('.');
      if (tensors.has(name)) refuse('one tensor of each name', `${name} twice`);
      tensors.set(name, value);
    }
    if (!(value instanceof Map || Array.isArray(value)) || seen.has(value)) return;
    seen.add(value);
    if (path.length >= DEPTH) refuse(`dictionaries at most ${DEPTH} deep`, `${path.slice(0, 4).join('.')}… and deeper`);
    for (const [key, child] of value.entries()) enter(child, [...path, isKey(key) ? key : '?']);
  };
  enter(tree, []);
  const all = [...tensors.values()];
  const stored = new Map(all.map(({ storage }) => [storage.entry, storage.length]));
  const [held, shown] = [[...stored.values()], all.map(({ shape }) => sizeOf(shape))].map(total);
  if (shown > SHARING * held) refuse(`tensors of at most ${SHARING} × the ${held} numbers stored`, `${shown} numbers`);
  return tensors;
}

const isKey = (key: unknown): key is string | number => typeof key === 'string' || typeof key === 'number';
const total = (numbers: readonly number[]) => numbers.reduce((sum, n) => sum + n, 0);

const readable = [...DTYPES].filter(([, { decode }]) => decode).map(([kind]) => kind);

function numbersOf(zip: StoredZip, { kind, entry }: Storage, where: string): Numbers {
  const decode = DTYPES.get(kind)?.decode;
  if (!decode) {
    throw new InputError({
      where,
      expected: `one of ${readable.join(', ')}`,
      found: kind,
      fix: 'convert the tensor in Python with .float() and save it again',
    });
  }
  return decode(zip.read(entry).buffer);
}

/** The numbers of a view, in row-major order. */
function gather({ shape, strides, offset }: PthTensor, numbers: Numbers, where: string): HostTensor {
  const from = isContiguous(shape, strides)
    ? numbers.subarray(offset, offset + sizeOf(shape))
    : strided(numbers, { shape, strides, offset });
  if (!(from instanceof BigInt64Array)) return hostTensor(from.slice() as Float32Array | Int32Array, shape);
  const narrow = narrowLong(from);
  if (narrow) return hostTensor(narrow, shape);
  throw new InputError({
    where,
    expected: 'int64 numbers in the range of int32',
    found: 'larger numbers',
    fix: 'leave this tensor out',
  });
}

function isContiguous(shape: readonly number[], strides: readonly number[]): boolean {
  let expected = 1;
  for (let i = shape.length - 1; i >= 0; i--) {
    if (shape[i] !== 1 && strides[i] !== expected) return false;
    expected *= shape[i];
  }
  return true;
}

function strided<T extends Numbers>(
  numbers: T,
  { shape, strides, offset }: Pick<PthTensor, 'shape' | 'strides' | 'offset'>,
): T {
  const out = numbers.slice(0, sizeOf(shape)) as T;
  const index = shape.map(() => 0);
  let at = offset;
  for (let i = 0; i < out.length; i++) {
    out[i] = numbers[at];
    // The next index, as an odometer turns.
    for (let axis = shape.length - 1; axis >= 0; axis--) {
      at += strides[axis];
      if (++index[axis] < shape[axis]) break;
      at -= shape[axis] * strides[axis];
      index[axis] = 0;
    }
  }
  return out;
}
