import type * as TypeScript from 'typescript';

/**
 * A module whose `let` and `var` variables are exported where they are declared, instead of in a list at the end: compiled
 * to CommonJS, each of them then lives in `exports` alone, and every cell that writes it writes the same one.
 */
export function exportWhereDeclared(ts: typeof TypeScript, js: string): string {
  const source = ts.createSourceFile('cell.js', js, ts.ScriptTarget.Latest, true, ts.ScriptKind.JS);
  const edits: { at: number; remove: number; insert: string }[] = [];
  const moved = new Set<string>();
  const namesOf = (name: TypeScript.BindingName): string[] =>
    ts.isIdentifier(name)
      ? [name.text]
      : name.elements.flatMap((element) => (ts.isOmittedExpression(element) ? [] : namesOf(element.name)));

  for (const statement of source.statements) {
    if (!ts.isVariableStatement(statement) || statement.modifiers?.length) continue;
    if (statement.declarationList.flags & ts.NodeFlags.Const) continue;
    for (const { name } of statement.declarationList.declarations) for (const one of namesOf(name)) moved.add(one);
    edits.push({ at: statement.getStart(source), remove: 0, insert: 'export ' });
  }
  for (const statement of source.statements) {
    if (!ts.isExportDeclaration(statement) || statement.moduleSpecifier) continue;
    if (!statement.exportClause || !ts.isNamedExports(statement.exportClause)) continue;
    const { elements } = statement.exportClause;
    const kept = elements.filter((element) => !moved.has((element.propertyName ?? element.name).text));
    if (kept.length === elements.length) continue;
    const text = `export { ${kept.map((element) => element.getText(source)).join(', ')} };`;
    const at = statement.getStart(source);
    edits.push({ at, remove: statement.getEnd() - at, insert: text });
  }
  return edits
    .sort((a, b) => b.at - a.at)
    .reduce((text, { at, remove, insert }) => text.slice(0, at) + insert + text.slice(at + remove), js);
}
