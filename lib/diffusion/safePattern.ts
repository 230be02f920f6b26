/**
 * Whether a regular expression of a stranger's file is known to end: no part that repeats without bound may itself hold a
 * choice or another repetition, as `(a+)+` and `(a|a)*` do, whose time doubles with each character. Expressions of
 * published tokenizers have none of these.
 */
export function isSafePattern(pattern: string): boolean {
  const groups: boolean[] = [false]; // for each open group, whether it holds a choice or a repetition
  let last = false; // whether the part just read is a group that does
  for (let at = 0; at < pattern.length; at++) {
    const character = pattern[at];
    const repetition = /^(?:[*+]|\{\d+,\d{0,9}\})/.exec(pattern.slice(at, at + 24))?.[0];
    if (repetition) {
      if (last) return false;
      groups[groups.length - 1] = true;
      at += repetition.length - 1;
      // A mark behind it only says whether it takes little or much.
      if (pattern[at + 1] === '?' || pattern[at + 1] === '+') at++;
    } else if (character === '(') {
      groups.push(false);
    } else if (character === ')' && groups.length > 1) {
      last = groups.pop() === true;
      if (last) groups[groups.length - 1] = true;
      continue;
    } else if (character === '|') {
      groups[groups.length - 1] = true;
    } else if (character === '[') {
      at = endOfClass(pattern, at);
    } else if (character === '\\') {
      at++;
    }
    last = false;
  }
  return true;
}

/** The place of the bracket that closes a class of characters. */
function endOfClass(pattern: string, from: number): number {
  for (let at = from + 1; at < pattern.length; at++) {
    if (pattern[at] === '\\') at++;
    else if (pattern[at] === ']' && at > from + 1) return at;
  }
  return pattern.length;
}
