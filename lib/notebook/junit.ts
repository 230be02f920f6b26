/** How one notebook's run ended. */
export interface NotebookResult {
  file: string;
  seconds: number;
  /** why it failed; undefined when it did not */
  failure?: string;
}

/** Results in the XML of JUnit, as CI services read it: one suite, a case a notebook. */
export function junitXml(results: readonly NotebookResult[]): string {
  const failures = results.filter(({ failure }) => failure !== undefined).length;
  const time = results.reduce((sum, { seconds }) => sum + seconds, 0).toFixed(3);
  const cases = results.map(({ file, seconds, failure }) => {
    const open = `    <testcase classname="notebooks" name="${attribute(file)}" time="${seconds.toFixed(3)}"`;
    if (failure === undefined) return `${open}/>`;
    const [first] = failure.split('\n');
    return `${open}>\n      <failure message="${attribute(first)}">${attribute(failure)}</failure>\n    </testcase>`;
  });
  const counts = `tests="${results.length}" failures="${failures}" time="${time}"`;
  return `<?xml version="1.0" encoding="UTF-8"?>
<testsuites ${counts}>
  <testsuite name="notebooks" ${counts}>
${cases.join('\n')}
  </testsuite>
</testsuites>
`;
}

function attribute(text: string): string {
  const written = text
    .replaceAll('&', '&amp;')
    .replaceAll('<', '&lt;')
    .replaceAll('>', '&gt;')
    .replaceAll('"', '&quot;');
  // XML has no way to write the other control characters.
  return written.replace(/[^\t\n\r\u0020-\uD7FF\uE000-\uFFFD\u{10000}-\u{10FFFF}]/gu, '\uFFFD');
}
