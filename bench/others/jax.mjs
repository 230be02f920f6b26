// The training step of bench/ours/vit.mjs and bench/ours/training.mjs in jax-js (MIT), as its users write it: functions of named
// arrays, `jit` around the whole step. A function owns its arguments there: `.ref` keeps an array for another use.

/** Opens the step on its Wasm backend, the only fast one in Node. `api`: the package's exports. */
export async function openJax(api, { params, batch, numbers, config, heads = config.heads }) {
  const { numpy: np, nn, jit, valueAndGrad, tree, blockUntilReady } = api;
  api.defaultDevice('wasm');
  const array = ({ data, shape, dtype }) => np.array(data.slice(), { dtype }).reshape([...shape]);
  const arrays = (record) => Object.fromEntries(Object.entries(record).map(([name, t]) => [name, array(t)]));

  const norm = (p, name, x) => nn.standardize(x, -1, { epsilon: 1e-6 }).mul(p[`${name}.weight`]).add(p[`${name}.bias`]);
  // Rows are flattened first: one product of two matrices is the fastest that it has.
  const linear = (p, name, x) => {
    const lead = x.shape.slice(0, -1);
    const weight = p[`${name}.weight`];
    const [input, output] = weight.shape;
    return np
      .matmul(x.reshape([-1, input]), weight)
      .add(p[`${name}.bias`])
      .reshape([...lead, output]);
  };

  function attention(p, name, x) {
    const [images, tokens, width] = x.shape;
    const [q, k, v] = np
      .split(linear(p, `${name}.qkv`, x), 3, 2)
      .map((part) => part.reshape([images, tokens, heads, width / heads]).transpose([0, 2, 1, 3]));
    const scores = np.matmul(q, k.transpose([0, 1, 3, 2])).mul(1 / Math.sqrt(width / heads));
    const mixed = np.matmul(nn.softmax(scores, -1), v).transpose([0, 2, 1, 3]);
    return linear(p, `${name}.proj`, mixed.reshape([images, tokens, width]));
  }

  function block(p, name, x) {
    const attended = x.ref.add(attention(p, `${name}.attn`, norm(p, `${name}.norm1`, x)));
    const hidden = linear(p, `${name}.mlp.fc1`, norm(p, `${name}.norm2`, attended.ref));
    return attended.add(linear(p, `${name}.mlp.fc2`, nn.gelu(hidden, { approximate: false })));
  }

  function logits(p, images) {
    const { patch, width, depth } = config;
    const [count, side] = images.shape;
    const grid = side / patch;
    const strips = images.reshape([count, grid, patch, grid, patch * 3]).transpose([0, 1, 3, 2, 4]);
    const patches = linear(p, 'patch_embed.proj', strips.reshape([count, grid * grid, patch * patch * 3]));
    const first = np.broadcastTo(p.cls_token, [count, 1, width]);
    let x = np.concatenate([first, patches], 1).add(p.pos_embed);
    for (let i = 0; i < depth; i++) x = block(p, `blocks.${i}`, x);
    return linear(p, 'head', norm(p, 'norm', x).slice([], 0));
  }

  const classes = params['head.bias'].shape[0];
  const loss = (p, images, labels) =>
    nn.logSoftmax(logits(p, images)).mul(nn.oneHot(labels, classes)).sum().div(-images.shape[0]);

  const { lr, weightDecay, correction1, correction2, decay } = numbers;
  function adamw(p, g, m, v) {
    const nextM = m.mul(0.9).add(g.ref.mul(0.1));
    const nextV = v.mul(0.999).add(np.square(g).mul(0.001));
    const size = np.sqrt(nextV.ref).div(Math.sqrt(correction2)).add(1e-8);
    const kept = p.ndim >= 2 ? p.mul(1 - lr * weightDecay) : p;
    return [kept.sub(nextM.ref.div(size).mul(lr / correction1)), nextM, nextV];
  }

  const step = jit(function step({ p, ema, m, v }, images, labels) {
    const [value, grads] = valueAndGrad(loss)(tree.ref(p), images, labels);
    const next = { p: {}, ema: {}, m: {}, v: {} };
    for (const name of Object.keys(p)) {
      [next.p[name], next.m[name], next.v[name]] = adamw(p[name], grads[name], m[name], v[name]);
      next.ema[name] = ema[name].ref.add(next.p[name].ref.sub(ema[name]).mul(1 - decay));
    }
    return [next, value];
  });

  const zeros = () =>
    Object.fromEntries(Object.entries(params).map(([name, { shape }]) => [name, np.zeros([...shape])]));
  let state = { p: arrays(params), ema: arrays(params), m: zeros(), v: zeros() };
  const { images, labels } = arrays(batch);
  return async () => {
    const [next, value] = step(state, images.ref, labels.ref);
    state = next;
    await blockUntilReady(state.p);
    return (await value.data())[0];
  };
}
