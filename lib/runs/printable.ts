/**
 * A text of others as it may be shown on one line: a control character, which could move the cursor of a terminal or break
 * an XML file, becomes its picture (ESC → ␛), half a character becomes �.
 */
export function printable(text: string): string {
  return withoutControls(text, /[\p{Cc}\p{Cs}\u2028\u2029\ufffe\uffff]/gu);
}

/** The same for a text of several lines. */
export function printableLines(text: string): string {
  return withoutControls(text, /(?!\n)[\p{Cc}\p{Cs}\ufffe\uffff]/gu);
}

function withoutControls(text: string, controls: RegExp): string {
  return text.replace(controls, (character) => {
    const code = character.charCodeAt(0);
    // Unicode has a picture for each of the first 32, and one for DEL.
    if (code < 32) return String.fromCharCode(0x2400 + code);
    return code === 127 ? '\u2421' : '\ufffd';
  });
}
