import { mkdtempSync, readFileSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { InputError } from '../../lib/errors.js';
import { openPth, readPth } from '../../lib/synclr/weights/pth.js';
import { openStoredZip } from '../../lib/synclr/weights/zip.js';
import { storedZip } from './storedZip.js';

const golden = (name: string) => path.join('test/synclr/golden', name);
const folder = mkdtempSync(path.join(tmpdir(), 'pth-'));

function fileOf(bytes: Uint8Array): string {
  const file = path.join(folder, 'made.pth');
  writeFileSync(file, bytes);
  return file;
}

// Pickles by hand, in latin1: texts, small numbers and tuples.
const text = (s: string) => `X${String.fromCharCode(s.length)}\0\0\0${s}`;
const small = (n: number) => `K${String.fromCharCode(n)}`;
const tuple = (...items: string[]) => `(${items.join('')}t`;
const dictionary = (...items: [string, string][]) => `}(${items.map(([k, v]) => text(k) + v).join('')}u`;
const tensor = ({ offset = 0, shape = [2], strides = [1], length = 4, kind = 'FloatStorage' } = {}) => {
  const id = tuple(text('storage'), `ctorch\n${kind}\n`, text('0'), text('cpu'), small(length));
  const list = (numbers: number[]) => tuple(...numbers.map(small));
  const args = tuple(`${id}Q`, small(offset), list(shape), list(strides), '\x89', 'ccollections\nOrderedDict\n)R');
  return `ctorch._utils\n_rebuild_tensor_v2\n${args}R`;
};
const storage = new Uint8Array(Float32Array.of(1, 2, 3, 4).buffer);
const pthOf = (program: string) =>
  fileOf(storedZip({ 'a/data.pkl': Buffer.from(`\x80\x02${program}.`, 'latin1'), 'a/data/0': storage }));

describe('checkpoints that torch.save wrote', () => {
  const expected = JSON.parse(readFileSync(golden('pth.json'), 'utf8')).tensors as Record<
    string,
    { shape: number[]; data: number[] }
  >;
  const found = readPth(golden('checkpoint.pth'), (name) => !name.startsWith('beside.'));

  it('names tensors by their path, whatever else is in the file', () => {
    expect(Object.keys(found).sort()).toEqual(Object.keys(expected).sort());
  });

  it.each(Object.keys(expected))('%s', (name) => {
    expect(found[name].shape).toEqual(expected[name].shape);
    expect([...found[name].data]).toEqual(expected[name].data);
  });

  it('integers stay integers', () => {
    const dtypes = ['count', 'long', 'int', 'half', 'brain'].map((name) => found[`model.${name}`].dtype);
    expect(dtypes).toEqual(['int32', 'int32', 'int32', 'float32', 'float32']);
  });

  it('counters, dates, dtypes, classes of a user: whatever Python pickles beside the weights is passed over', () => {
    const files = { 'a/data.pkl': readFileSync(golden('beside.pkl')), 'a/data/0': storage };
    const tensors = readPth(fileOf(storedZip(files)));
    // Dictionaries of a class of their own are dictionaries.
    expect(Object.keys(tensors)).toEqual(['config.model.weight', 'model.weight']);
    expect([...tensors['model.weight'].data]).toEqual([1, 2]);
  });

  it('numbers that do not fit are refused when they are read, by name', () => {
    const pth = openPth(golden('checkpoint.pth'));
    expect(() => pth.read('beside.double')).toThrow(/beside\.double[\s\S]*DoubleStorage[\s\S]*\.float\(\)/);
    expect(() => pth.read('beside.large')).toThrow(/beside\.large[\s\S]*int32[\s\S]*larger/);
    expect(() => pth.read('none')).toThrow(InputError);
    pth.close();
  });

  it('the format before PyTorch 1.6 is read as well', () => {
    const { x } = readPth(golden('old.pth'));
    expect({ shape: x.shape, data: [...x.data] }).toEqual({ shape: [2], data: [-1, -0.875] });
  });

  it('a file of that format that is cut short or names no storage is refused', () => {
    const whole = readFileSync(golden('old.pth'));
    expect(() => openPth(fileOf(whole.subarray(0, whole.length - 3)))).toThrow(/the end of the file/);
    expect(() => openPth(fileOf(whole.subarray(0, 60)))).toThrow(/a whole pickle/);
    const other = Buffer.from(whole.toString('latin1').replace('FloatStorage', 'ThingStorage'), 'latin1');
    expect(() => openPth(fileOf(other))).toThrow(/ThingStorage/);
  });

  it('a file that is not there is refused', () => {
    expect(() => openPth(path.join(folder, 'none.pth'))).toThrow(/no such file/);
    expect(() => openPth(folder)).toThrow(/no such file/);
  });
});

describe('a hostile pickle does nothing', () => {
  it('the pieces above make a good one', () => {
    expect(readPth(pthOf(dictionary(['x', tensor({ offset: 1 })])))).toMatchObject({ x: { shape: [2] } });
    expect([...readPth(pthOf(dictionary(['x', tensor({ offset: 1 })]))).x.data]).toEqual([2, 3]);
  });

  it('a command made by Python is refused by name', () => {
    expect(() => openPth(golden('hostile.pth'))).toThrow(/posix\.system/);
  });

  it.each([
    ['os.system', `cos\nsystem\n(${text('true')}tR`, /os\.system/],
    ['a builtin', `c__builtin__\neval\n(${text('1')}tR`, /__builtin__\.eval/],
    ['what loads code', `cimportlib\nimport_module\n(${text('os')}tR`, /importlib\.import_module/],
    ['an opcode that builds objects', '(ios\nsystem\n', /opcode 0x69/],
    ['a newer protocol', '\x80\x04N', /protocol 4/],
    ['a call of what is no function', `${small(1)})R`, /a call of number/],
    ['a known function with other arguments', 'ctorch._utils\n_rebuild_tensor_v2\n)R', /storage, offset, shape/],
    ['a tensor beyond its storage', tensor({ offset: 3 }), /number 4 of it/],
    ['strides beyond the storage', tensor({ strides: [4] }), /number 4 of it/],
    ['a storage longer than its bytes', tensor({ length: 5 }), /5 numbers[\s\S]*16 bytes/],
    ['a storage of another kind', tensor({ kind: 'LongStorage' }), /4 numbers of LongStorage[\s\S]*16 bytes/],
    ['one number unfolded to many', tensor({ shape: [100, 100], strides: [0, 0] }), /at most the 4 numbers/],
    [
      'one storage shown many times',
      dictionary(...Array.from({ length: 9 }, (_, i) => [`x${i}`, tensor()] as [string, string])),
      /at most 4 × the 4 numbers/,
    ],
    ['one name twice', dictionary(['a.b', tensor()], ['a', dictionary(['b', tensor()])]), /a\.b twice/],
    ['an empty stack', 'a', /a value on the stack/],
    ['a value below the mark', `${small(1)}(0`, /a value on the stack/],
    ['items of no dictionary', `](${text('a')}Nu`, /dictionary/],
    ['memory that was never set', 'h\x05', /remembered as 5/],
    ['two values', 'NN', /one value/],
    ['nesting without end', `${']'.repeat(5000)}${'a'.repeat(4999)}`, /at most 32 deep/],
  ])('%s', (_what, program, message) => {
    expect(() => readPth(pthOf(program))).toThrow(InputError);
    expect(() => readPth(pthOf(program))).toThrow(message);
  });

  it.each([
    ['a name that every object has', 'ctorch\nconstructor\n'],
    ['a name that every object has, called', 'c__main__\ntoString\n)R'],
    ['an object of an object', 'cmine\nf\n)R)R'],
    ['a tensor of a kind that is not known', tensor({ kind: 'Float8_e4m3fnStorage' })],
    ['a tensor made in a way that is not known', 'ctorch._utils\n_rebuild_qtensor\n)R'],
  ])('%s is read as a blank beside the weights', (_what, value) => {
    const pth = openPth(pthOf(dictionary(['other', value], ['x', tensor()])));
    expect([...pth.read('x').data]).toEqual([1, 2]);
    if (pth.tensors.has('other')) expect(() => pth.read('other')).toThrow(/one of FloatStorage/);
    pth.close();
  });

  it('tensors with attributes, and parameters with a state, are tensors', () => {
    const inner = tensor().replace(/R$/, '');
    const call = inner.slice('ctorch._utils\n_rebuild_tensor_v2\n'.length);
    const typed = `ctorch._tensor\n_rebuild_from_type_v2\n(ctorch._utils\n_rebuild_tensor_v2\nctorch\nTensor\n${call}}tR`;
    const stated = `ctorch._utils\n_rebuild_parameter_with_state\n(${tensor()}\x88N}tR`;
    expect(Object.keys(readPth(pthOf(dictionary(['a', typed], ['b', stated]))))).toEqual(['a', 'b']);
  });

  it('a dictionary that holds itself ends', () => {
    expect(readPth(pthOf(`}q\x00(${text('self')}h\x00${text('x')}${tensor()}u`))).toHaveProperty('x');
  });

  it('any change of the pickle is read or refused, never anything else', () => {
    const zip = openStoredZip(golden('checkpoint.pth'));
    const files = Object.fromEntries(zip.names.map((name) => [name, zip.read(name)]));
    zip.close();
    const changes = fc.array(fc.tuple(fc.nat(files['checkpoint/data.pkl'].length - 1), fc.nat(255)), {
      minLength: 1,
      maxLength: 3,
    });
    fc.assert(
      fc.property(changes, (list) => {
        const program = files['checkpoint/data.pkl'].slice();
        for (const [at, byte] of list) program[at] = byte;
        readOrRefuse(fileOf(storedZip({ ...files, 'checkpoint/data.pkl': program })));
      }),
      { numRuns: 200 },
    );
  });
});

function readOrRefuse(file: string): void {
  try {
    readPth(file);
  } catch (error) {
    expect(error).toBeInstanceOf(InputError);
  }
}

describe('a damaged or hostile archive', () => {
  const whole = readFileSync(golden('checkpoint.pth'));

  it('is refused wherever it is cut', () => {
    for (let n = 0; n < whole.length; n += 7) {
      expect(() => openPth(fileOf(whole.subarray(0, n))), `cut at ${n}`).toThrow(InputError);
    }
  });

  it('any changed byte is read or refused, never anything else', () => {
    fc.assert(
      fc.property(fc.nat(whole.length - 1), fc.nat(255), (at, byte) => {
        const changed = Buffer.from(whole);
        changed[at] = byte;
        readOrRefuse(fileOf(changed));
      }),
      { numRuns: 200 },
    );
  });

  it('changed numbers do not have the checksum', () => {
    const changed = Buffer.from(whole);
    changed[whole.indexOf(Buffer.from(Float32Array.of(-1, -0.875).buffer)) + 2] ^= 1;
    expect(() => readPth(fileOf(changed))).toThrow(/checksum/);
  });

  const files = { 'a/data.pkl': Buffer.from('\x80\x02}.', 'latin1'), 'a/data/0': storage };
  const only = (wanted: string, edit: (record: Buffer) => void) => (name: string, record: Buffer) => {
    if (name === wanted) edit(record);
  };
  it.each([
    ['compressed', only('a/data/0', (r) => r.writeUInt16LE(8, 10)), /without compression[\s\S]*a\/data\/0/],
    ['encrypted', only('a/data/0', (r) => r.writeUInt16LE(1, 8)), /not encrypted/],
    ['of two sizes', only('a/data/0', (r) => r.writeUInt32LE(2 ** 30, 24)), /one size/],
    [
      'longer than the file',
      only('a/data.pkl', (r) => {
        r.writeUInt32LE(2 ** 31, 20);
        r.writeUInt32LE(2 ** 31, 24);
      }),
      /side by side/,
    ],
    [
      'that reaches past the end',
      only('a/data/0', (r) => {
        r.writeUInt32LE(2 ** 31, 20);
        r.writeUInt32LE(2 ** 31, 24);
      }),
      /within the \d+ bytes of the file/,
    ],
    ['of a place outside', only('a/data/0', (r) => r.writeUInt32LE(2 ** 31, 42)), /within the \d+ bytes/],
    ['of the place of another', only('a/data/0', (r) => r.writeUInt32LE(0, 42)), /that of a\/data\.pkl/],
  ] as const)('an entry %s', (_what, change, message) => {
    const read = () => {
      const zip = openStoredZip(fileOf(storedZip(files, change)));
      for (const name of zip.names) zip.read(name);
    };
    expect(read).toThrow(InputError);
    expect(read).toThrow(message);
  });

  it('is refused when it is no checkpoint: no data.pkl, two of them, TorchScript, big-endian', () => {
    const refuse = (entries: Record<string, Uint8Array>) =>
      expect(() => openPth(fileOf(storedZip(entries)))).toThrow(InputError);
    refuse({ 'a/x': storage });
    refuse({ ...files, 'b/data.pkl': files['a/data.pkl'] });
    refuse({ ...files, 'a/constants.pkl': storage });
    refuse({ ...files, 'a/byteorder': Buffer.from('big') });
  });
});
