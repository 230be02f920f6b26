/**
 * Classifier-free guidance (Ho & Salimans, 2022): eps_u + w·(eps_c − eps_u), where the two are the denoiser's outputs
 * without and with the caption. w = 1 is the conditional output itself, and the unconditional one is not computed.
 */
export async function guide(
  scale: number,
  conditional: () => Promise<Float32Array>,
  unconditional: (() => Promise<Float32Array>) | undefined,
): Promise<Float32Array> {
  const withCaption = await conditional();
  if (scale === 1 || !unconditional) return withCaption;
  const without = await unconditional();
  return withCaption.map((c, i) => without[i] + scale * (c - without[i]));
}
