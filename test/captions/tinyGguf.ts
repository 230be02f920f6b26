import { rng } from '../../lib/random/rng.js';

const EMBED = 32;
const FEED = 64;
const WORDS = 48;

/** Bytes of a GGUF file (version 3): a Llama of one layer with random weights, whose words are `▁w0` … and all bytes. */
export function tinyGguf({ contextLength = 512, seed = 0, architecture = 'llama', causal = true } = {}): Buffer {
  const bytes = Array.from({ length: 256 }, (_, i) => `<0x${i.toString(16).toUpperCase().padStart(2, '0')}>`);
  const words = Array.from({ length: WORDS }, (_, i) => `▁w${i}`);
  const tokens = ['<unk>', '<s>', '</s>', ...bytes, ...words];
  const types = [2, 3, 3, ...bytes.map(() => 6), ...words.map(() => 1)];
  const keys = [
    pair('general.architecture', text(architecture)),
    ...(causal ? [] : [pair(`${architecture}.attention.causal`, [7, Buffer.of(0)])]),
    pair(`${architecture}.context_length`, u32(contextLength)),
    pair(`${architecture}.embedding_length`, u32(EMBED)),
    pair(`${architecture}.feed_forward_length`, u32(FEED)),
    pair(`${architecture}.block_count`, u32(1)),
    pair(`${architecture}.attention.head_count`, u32(2)),
    pair(`${architecture}.attention.layer_norm_rms_epsilon`, f32(1e-5)),
    pair('tokenizer.ggml.model', text('llama')),
    pair('tokenizer.ggml.tokens', array(tokens.map(text))),
    pair('tokenizer.ggml.scores', array(tokens.map(() => f32(0)))),
    pair('tokenizer.ggml.token_type', array(types.map(i32))),
    pair('tokenizer.ggml.bos_token_id', u32(1)),
    pair('tokenizer.ggml.eos_token_id', u32(2)),
  ];
  const square = [EMBED, EMBED];
  const shapes: Record<string, number[]> = {
    'token_embd.weight': [EMBED, tokens.length],
    'output.weight': [EMBED, tokens.length],
    'output_norm.weight': [EMBED],
    'blk.0.attn_norm.weight': [EMBED],
    'blk.0.attn_q.weight': square,
    'blk.0.attn_k.weight': square,
    'blk.0.attn_v.weight': square,
    'blk.0.attn_output.weight': square,
    'blk.0.ffn_norm.weight': [EMBED],
    'blk.0.ffn_gate.weight': [EMBED, FEED],
    'blk.0.ffn_up.weight': [EMBED, FEED],
    'blk.0.ffn_down.weight': [FEED, EMBED],
  };
  const infos: Buffer[] = [];
  const data: Buffer[] = [];
  let offset = 0;
  for (const [name, shape] of Object.entries(shapes)) {
    const values = weights(name, shape, seed);
    infos.push(string(name), word(shape.length), ...shape.map(long), word(0), long(offset));
    data.push(values);
    offset += values.length;
  }
  const head = Buffer.concat([Buffer.from('GGUF'), word(3), long(data.length), long(keys.length)]);
  const start = Buffer.concat([head, ...keys, ...infos]);
  return Buffer.concat([start, Buffer.alloc(-start.length & 31), ...data]);
}

/** Norms are 1, matrices normal with the deviation that keeps activations near 1; rows of 32 values keep all aligned. */
function weights(name: string, shape: number[], seed: number): Buffer {
  const count = shape.reduce((a, b) => a * b);
  const stream = rng(seed, 'tiny', name);
  const scale = name === 'output.weight' ? 0.4 : 1 / Math.sqrt(shape[0]);
  const value = shape.length === 1 ? () => 1 : () => stream.normal() * scale;
  return Buffer.from(Float32Array.from({ length: count }, value).buffer);
}

type Value = readonly [type: number, bytes: Buffer];
const u32 = (x: number): Value => [4, word(x)];
const i32 = (x: number): Value => [5, word(x)];
const f32 = (x: number): Value => [6, Buffer.from(Float32Array.of(x).buffer)];
const text = (x: string): Value => [8, string(x)];
const array = (values: Value[]): Value => [
  9,
  Buffer.concat([word(values[0][0]), long(values.length), ...values.map(([, bytes]) => bytes)]),
];

function pair(key: string, [type, bytes]: Value): Buffer {
  return Buffer.concat([string(key), word(type), bytes]);
}

function string(x: string): Buffer {
  const bytes = Buffer.from(x);
  return Buffer.concat([long(bytes.length), bytes]);
}

function word(x: number): Buffer {
  return Buffer.from(Uint32Array.of(x).buffer);
}

function long(x: number): Buffer {
  return Buffer.from(BigUint64Array.of(BigInt(x)).buffer);
}
