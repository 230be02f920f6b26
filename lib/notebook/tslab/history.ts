/** A cell that ran, and what its last expression gave. */
export interface PastCell {
  line: number;
  input: string;
  output?: string;
}

interface HistoryRequest {
  hist_access_type?: 'range' | 'tail' | 'search';
  output?: boolean;
  n?: number;
  start?: number;
  stop?: number;
  /** with * and ? for any letters, for one */
  pattern?: string;
  unique?: boolean;
}

/** What a console's arrow keys go through: [session, line, input], or [input, output] for the last, oldest first. */
export function searchHistory(cells: readonly PastCell[], request: HistoryRequest): unknown[][] {
  const { hist_access_type, output, n, start = 0, stop, pattern = '*', unique } = request;
  let found = [...cells];
  if (hist_access_type === 'range') found = found.filter(({ line }) => line >= start && line < (stop ?? Infinity));
  if (hist_access_type === 'search') {
    found = found.filter(({ input }) => globOf(pattern).test(input));
    const inputs = found.map(({ input }) => input);
    if (unique) found = found.filter(({ input }, at) => inputs.lastIndexOf(input) === at);
  }
  if (hist_access_type !== 'range' && n !== undefined) found = n > 0 ? found.slice(-n) : [];
  return found.map(({ line, input, output: value }) => [0, line, output ? [input, value ?? null] : input]);
}

function globOf(pattern: string): RegExp {
  const escaped = pattern.replace(/[.+^${}()|[\]\\]/g, '\\$&');
  return new RegExp(`^${escaped.replace(/\*+/g, '[\\s\\S]*').replaceAll('?', '[\\s\\S]')}$`);
}
