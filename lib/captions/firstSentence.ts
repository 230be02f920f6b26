/**
 * The first sentence of what a language model wrote: up to the first full stop, exclamation or question mark before a space
 * or the end, with closing quotes and brackets. Models that were trained to answer go on after it: they begin another line of
 * the prompt (` => …`, which ends a sentence, too) or explain themselves. A text without an end stays whole.
 *
 * A departure from the paper, whose base model stops at the end of the line. An abbreviation such as "St." ends a sentence.
 */
export function firstSentence(text: string): string {
  const [line] = text.split(/\s*=>/, 1);
  return /^.*?[.!?…]+["'”’)\]]*(?=\s|$)/su.exec(line)?.[0] ?? line;
}
