/**
 * Floating-point operations of the matrix products of one step, two a multiply-add. A training step counts three times
 * its forward pass. Nothing else is counted: no norms, softmax, optimiser, nor the windows of the generator.
 */
export function flopsOf({ model, mode, batch }) {
  const image = model.kind === 'vit' ? vitFlops(model) : ditFlops(model);
  return (mode === 'train' ? 3 : 1) * batch * image;
}

/** Operations of one product [M, K] × [K, N]. */
export const gemmFlops = ([m, k, n]) => 2 * m * k * n;

function vitFlops({ config: { image, patch, width, depth, mlpRatio }, classes, classOnly }) {
  const patches = (image / patch) ** 2;
  const tokens = patches + 1;
  const block = blockFlops({ tokens, width, mlpRatio });
  // Keys and values of all tokens; a query, the projection and the MLP of one.
  const last = tokens * 4 * width * width + (2 + 2 * mlpRatio) * 2 * width * width + 4 * tokens * width;
  const blocks = classOnly ? (depth - 1) * block + last : depth * block;
  return 2 * patches * 3 * patch * patch * width + blocks + 2 * width * classes;
}

function ditFlops({ config }) {
  const { imageSize, patch, window, width, depth, mlpRatio, maxTokens, textDepth } = config;
  const tokens = (imageSize / patch) ** 2;
  const square = 2 * width * width;
  const ends = 2 * (2 * tokens * 3 * window * window * width);
  const condition = 3 * square + (6 * depth + 2) * square;
  const words = depth * (maxTokens * 2 * square + 4 * tokens * maxTokens * width);
  const text = textDepth * blockFlops({ tokens: maxTokens, width, mlpRatio: 4 });
  return ends + condition + words + text + depth * blockFlops({ tokens, width, mlpRatio });
}

/** Four projections, the MLP, the scores and the weighted sum. */
function blockFlops({ tokens, width, mlpRatio }) {
  return tokens * (4 + 2 * mlpRatio) * 2 * width * width + 4 * tokens * tokens * width;
}
