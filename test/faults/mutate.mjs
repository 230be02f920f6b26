// How files are damaged: as disks, networks and people do it, and as a stranger might.

const NUMBERS = ['0', '-1', '1.5', '1e9', '1e30', '1e308', '-0', '99999999999999999999', 'NaN', '1e400'];
const VALUES = [...NUMBERS, 'null', 'true', '""', '[]', '{}', '"x"', '"../x"', '[[[[[]]]]]'];
const PIECES = [
  '"',
  ',',
  '\n',
  '\r',
  '\0',
  '\u001b[31m',
  '\ufeff',
  ' '.repeat(2000),
  '['.repeat(5000),
  '\ud83e',
  '(a+)+$',
];
const WORDS = [0, 1, 0x7f, 0xff, 0x7fff, 0xffff, 0x7fffffff, 0xffffffff, 1e9];

/** A damaged copy of a file's bytes, a function of the stream of random numbers. */
export function mutate(bytes, stream, { text = false } = {}) {
  let now = Buffer.from(bytes);
  const times = 1 + stream.child('times').int(3);
  for (let i = 0; i < times; i++) {
    const draw = stream.child('mutation', i);
    const ways = text && draw.child('as text').bernoulli(0.7) ? TEXT : BINARY;
    now = draw.child('way').choice(ways)(now, draw);
  }
  return now;
}

/** A place in the file: half of the time near its start, where headers are. */
function place(bytes, draw) {
  const near = draw.child('near').bernoulli(0.5);
  return draw.child('place').int(Math.max(1, near ? Math.min(512, bytes.length) : bytes.length));
}

const length = (bytes, at, draw) => draw.child('length').int(Math.max(1, Math.min(64, bytes.length - at)));
const splice = (bytes, at, count, put) => Buffer.concat([bytes.subarray(0, at), put, bytes.subarray(at + count)]);

const BINARY = [
  function flipBit(bytes, draw) {
    if (bytes.length > 0) bytes[place(bytes, draw)] ^= 1 << draw.child('bit').int(8);
    return bytes;
  },
  function setByte(bytes, draw) {
    if (bytes.length > 0) bytes[place(bytes, draw)] = draw.child('byte').int(256);
    return bytes;
  },
  function cut(bytes, draw) {
    return bytes.subarray(0, place(bytes, draw));
  },
  function append(bytes, draw) {
    return Buffer.concat([
      bytes,
      Buffer.from(
        draw
          .child('more')
          .uniforms(1 + draw.int(40))
          .map((u) => 256 * u),
      ),
    ]);
  },
  function remove(bytes, draw) {
    const at = place(bytes, draw);
    return splice(bytes, at, length(bytes, at, draw), Buffer.alloc(0));
  },
  function repeat(bytes, draw) {
    const at = place(bytes, draw);
    return splice(bytes, at, 0, bytes.subarray(at, at + length(bytes, at, draw)));
  },
  function zeros(bytes, draw) {
    const at = place(bytes, draw);
    bytes.fill(0, at, at + length(bytes, at, draw));
    return bytes;
  },
  function word(bytes, draw) {
    if (bytes.length < 8) return bytes;
    const at = Math.min(place(bytes, draw), bytes.length - 4);
    const value = draw.child('value').choice(WORDS);
    if (draw.child('endian').bernoulli(0.5)) bytes.writeUInt32LE(value, at);
    else bytes.writeUInt32BE(value, at);
    return bytes;
  },
];

const TEXT = [
  /** Another value for a number, a text or a word of JSON. */
  function scalar(bytes, draw) {
    const text = bytes.toString('latin1');
    const found = [...text.matchAll(/-?\d+(?:\.\d+)?(?:e[+-]?\d+)?|"(?:[^"\\]|\\.)*"|true|false|null/g)];
    if (found.length === 0) return bytes;
    const { index, 0: old } = draw.child('which').choice(found);
    return splice(bytes, index, old.length, Buffer.from(draw.child('value').choice(VALUES)));
  },
  function piece(bytes, draw) {
    return splice(bytes, place(bytes, draw), 0, Buffer.from(draw.child('piece').choice(PIECES)));
  },
  function lines(bytes, draw) {
    const all = bytes.toString('latin1').split('\n');
    const [a, b] = [draw.child('a').int(all.length), draw.child('b').int(all.length)];
    const how = draw.child('how').int(3);
    if (how === 0) all.splice(a, 1);
    else if (how === 1) all.splice(a, 0, all[b]);
    else [all[a], all[b]] = [all[b], all[a]];
    return Buffer.from(all.join('\n'), 'latin1');
  },
];
