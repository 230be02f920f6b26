import ts from 'typescript';
import { escapeHtml } from '../notebook/html.js';

/** What is known of a name in the code: where it is explained, and its type. */
export interface NameInfo {
  href?: string;
  title?: string;
}

/** TypeScript's classes of text, as far as they are coloured. */
const CLASSES: Record<number, string> = {
  [ts.ClassificationType.comment]: 'c',
  [ts.ClassificationType.keyword]: 'k',
  [ts.ClassificationType.numericLiteral]: 'n',
  [ts.ClassificationType.stringLiteral]: 's',
  [ts.ClassificationType.regularExpressionLiteral]: 's',
};

/** TypeScript as HTML, coloured by the compiler's own scanner. @param info looks up the name at a place */
export function highlight(source: string, info: (start: number) => NameInfo | undefined = () => undefined): string {
  const { spans } = ts.createClassifier().getEncodedLexicalClassifications(source, ts.EndOfLineState.None, false);
  let html = '';
  let at = 0;
  for (let i = 0; i < spans.length; i += 3) {
    const [start, length, kind] = spans.slice(i, i + 3);
    const text = escapeHtml(source.slice(start, start + length));
    html += escapeHtml(source.slice(at, start));
    at = start + length;
    if (kind === ts.ClassificationType.identifier) html += named(text, info(start));
    else html += CLASSES[kind] ? `<span class="${CLASSES[kind]}">${text}</span>` : text;
  }
  return html + escapeHtml(source.slice(at));
}

function named(text: string, info: NameInfo | undefined): string {
  if (!info) return text;
  const title = info.title ? ` title="${escapeHtml(info.title)}"` : '';
  return info.href ? `<a href="${escapeHtml(info.href)}"${title}>${text}</a>` : `<span${title}>${text}</span>`;
}
