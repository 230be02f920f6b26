import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import ts from 'typescript';
import { describe, expect, it } from 'vitest';
import { synclrCommands } from '../../lib/cli/commands.js';
import { projectPath } from '../../lib/runs/paths.js';

const root = projectPath('lib');
const sources = readdirSync(root, { recursive: true, encoding: 'utf8' })
  .filter((file) => file.endsWith('.ts') && !/^(dist|node_modules)\b/.test(file))
  .map((file) => ({ file, text: readFileSync(path.join(root, file), 'utf8') }));

/** Functions of a file that make an InputError of their arguments. */
const MAKERS = /^(fault|refuse\w*|problem|tooShort|unknownName|badLink)$/;

/** The texts of everything called `fix`, and of what is given to functions that make errors. */
function adviceOf({ file, text }: { file: string; text: string }): { file: string; advice: string }[] {
  const found: { file: string; advice: string }[] = [];
  const source = ts.createSourceFile(file, text, ts.ScriptTarget.Latest, true);
  const collect = (node: ts.Node): void => {
    if (ts.isStringLiteralLike(node) || ts.isTemplateHead(node) || ts.isTemplateMiddleOrTemplateTail(node)) {
      found.push({ file, advice: node.text });
    }
    ts.forEachChild(node, collect);
  };
  const walk = (node: ts.Node): void => {
    const isFix =
      (ts.isPropertyAssignment(node) ||
        ts.isVariableDeclaration(node) ||
        ts.isParameter(node) ||
        ts.isBindingElement(node)) &&
      node.initializer &&
      node.name.getText() === 'fix';
    if (isFix) collect((node as { initializer: ts.Node }).initializer);
    if (ts.isCallExpression(node) && MAKERS.test(node.expression.getText())) node.arguments.forEach(collect);
    ts.forEachChild(node, walk);
  };
  walk(source);
  return found;
}

const advice = sources.flatMap(adviceOf);
type Command = Awaited<ReturnType<typeof synclrCommands>>;
/** A command and those below it: `synclr kernel install`. */
const withInner = (command: Command): Command[] => [command, ...command.commands.flatMap(withInner)];
const commands = (await synclrCommands()).commands.flatMap(withInner);
const options = new Set(commands.flatMap((command) => command.options.map(({ long }) => long)));
const names = new Set(commands.map((command) => command.name()));
/** Options of other programs, with the words before them. */
const FOREIGN = [
  'jupyter nbconvert --to',
  'jupyter nbconvert --execute',
  '--nbformat',
  'npm install --',
  '--onnxruntime-node-install',
];

describe('every advice in an error can be followed', () => {
  it('there is some in most files', () => {
    expect(advice.length).toBeGreaterThan(400);
    expect(new Set(advice.map(({ file }) => file)).size).toBeGreaterThan(80);
  });

  it('options that are named exist', () => {
    const missing = advice.flatMap(({ file, advice }) =>
      [...advice.matchAll(/(?<![\w-])--[a-z][a-z-]*[a-z]/g)]
        .filter(
          ([option]) => !options.has(option) && !FOREIGN.some((one) => one.includes(option) && advice.includes(one)),
        )
        .map(([option]) => `${file}: ${option} in "${advice}"`),
    );
    expect(missing).toEqual([]);
  });

  it('commands that are named exist', () => {
    const missing = advice.flatMap(({ file, advice }) =>
      [...advice.matchAll(/synclr ([a-z][a-z-]+)/g)]
        .filter(([, name]) => !names.has(name))
        .map(([, name]) => `${file}: synclr ${name} in "${advice}"`),
    );
    expect(missing).toEqual([]);
  });

  it('functions that are named exist, and so do the parameters between backticks', () => {
    const all = sources.map(({ text }) => text).join('\n');
    const named = advice.flatMap(({ file, advice }) => [
      ...[...advice.matchAll(/\b([a-z]\w*)\(/g)].map(([, name]) => ({
        file,
        name,
        as: new RegExp(`\\b${name}\\b[^'"\`]{0,3}[(=:<]`),
      })),
      ...[...advice.matchAll(/`([a-z]\w*)`/g)].map(([, name]) => ({
        file,
        name,
        as: new RegExp(`\\b${name}\\??\\s*[:,=(<]`),
      })),
    ]);
    expect(named.length).toBeGreaterThan(15);
    expect(named.filter(({ as }) => !as.test(all)).map(({ file, name }) => `${file}: ${name}`)).toEqual([]);
  });
});
