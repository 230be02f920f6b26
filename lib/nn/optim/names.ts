/** Puts a prefix before every name, to hold several groups in one state: `params.`, `ema.`. */
export function withPrefix<T>(prefix: string, tensors: Record<string, T>): Record<string, T> {
  return Object.fromEntries(Object.entries(tensors).map(([name, tensor]) => [prefix + name, tensor]));
}

/** The tensors whose names start with the prefix, without it. */
export function takePrefix<T>(prefix: string, tensors: Record<string, T>): Record<string, T> {
  return Object.fromEntries(
    Object.entries(tensors)
      .filter(([name]) => name.startsWith(prefix))
      .map(([name, tensor]) => [name.slice(prefix.length), tensor]),
  );
}
