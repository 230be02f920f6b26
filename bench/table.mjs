/** A case's figures as a Markdown table. */
export function table({ case: name, tasks, prepareMs }) {
  const rows = tasks.flatMap(({ task, engines }) =>
    Object.entries(engines).map(([engine, { ms, gflops, peakMB, oursOver }]) => [
      tasks.length > 1 ? `${name} ${task}` : name,
      engine,
      `${ms.median} (${ms.quartiles.join('–')})`,
      gflops,
      oursOver ? `${oursOver.median} (${oursOver.quartiles.join('–')})` : '',
      peakMB,
      (prepareMs[engine] / 1000).toFixed(1),
    ]),
  );
  const head = ['case', 'engine', 'ms (quartiles)', 'GFLOP/s', 'ours / this', 'peak MB', 'first step after s'];
  const all = [head, ...rows].map((row) => row.map(String));
  const widths = head.map((_, i) => Math.max(...all.map((row) => row[i].length)));
  const line = (row) => `| ${row.map((cell, i) => cell.padEnd(widths[i])).join(' | ')} |`;
  return [line(all[0]), `|${widths.map((w) => '-'.repeat(w + 2)).join('|')}|`, ...all.slice(1).map(line)].join('\n');
}
