/** The entries whose names start with `prefix`, without it: `{'student.a': x}` → `{a: x}`. */
export function withoutPrefix<T>(tensors: Record<string, T>, prefix: string): Record<string, T> {
  return Object.fromEntries(
    Object.entries(tensors)
      .filter(([name]) => name.startsWith(prefix))
      .map(([name, tensor]) => [name.slice(prefix.length), tensor]),
  );
}

/** All entries, renamed: `{a: x}` → `{'student.a': x}`. */
export function withPrefix<T>(tensors: Record<string, T>, prefix: string): Record<string, T> {
  return Object.fromEntries(Object.entries(tensors).map(([name, tensor]) => [prefix + name, tensor]));
}
