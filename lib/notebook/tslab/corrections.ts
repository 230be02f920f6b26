/**
 * What is wrong in tslab's converter (TypeScript → what a cell runs) and in its compiler, and how it is put right in memory: each `find` must
 * be in its source once. test/notebook/corrections.test.ts says of each when tslab no longer needs it.
 */
export interface Correction {
  name: string;
  changes: { find: string; replace: string }[];
}

/** Where the corrected converter finds what it needs of us. */
export const HOOKS = Symbol.for('synclr.tslab');
const hooks = "globalThis[Symbol.for('synclr.tslab')]";

export const CORRECTIONS: Correction[] = [
  {
    // `{ guidance }`, where an earlier cell declares guidance, is `{ guidance: exports.guidance }`.
    name: 'shorthand properties of earlier names',
    changes: [
      {
        find: '            if (!ts.isIdentifier(node)) {\n                return ts.visitEachChild',
        replace: `            if (ts.isShorthandPropertyAssignment(node)) {
                const symbol = checker.getShorthandAssignmentValueSymbol(ts.getOriginalNode(node));
                if (symbol?.declarations?.some((decl) => decl.getSourceFile() === declsFile)) {
                    const value = ts.factory.createPropertyAccessExpression(ts.factory.createIdentifier("exports"), node.name.text);
                    const initial = node.objectAssignmentInitializer;
                    return ts.factory.createPropertyAssignment(node.name.text, initial
                        ? ts.factory.createAssignment(value, ts.visitNode(initial, wrapPrevIdentifier))
                        : value);
                }
            }
            if (!ts.isIdentifier(node)) {\n                return ts.visitEachChild`,
      },
    ],
  },
  {
    // Variables live in one place, whichever cell writes them; and lines of the result are traced to lines of the cell.
    name: 'updates of earlier variables, and lines of errors',
    changes: [
      { find: 'declaration: true,\n', replace: 'declaration: true,\n        sourceMap: true,\n' },
      {
        find: '        let sideOutputs;\n        for (',
        replace: '        let sideOutputs;\n        let map;\n        for (',
      },
      {
        find: '                if (fileName === dstDeclFilename) {',
        replace:
          '                if (fileName === dstFilename + ".map") {\n                    map = data;\n                    return;\n                }\n                if (fileName === dstDeclFilename) {',
      },
      {
        find: '            output: esModuleToCommonJSModule(output, transpileTarget),',
        replace: `            output: ${hooks}.toScript(ts, output, { map, target: transpileTarget }),`,
      },
    ],
  },
  {
    // Packages may name their parts: `import … from 'synclr/figures'`.
    name: 'the "exports" of packages',
    changes: [{ find: 'ts.ModuleResolutionKind.Node10', replace: 'ts.ModuleResolutionKind.Bundler' }],
  },
  {
    // A notebook outside of the repository has no node_modules above it: ours stand in.
    name: 'notebooks anywhere',
    changes: [
      {
        find: '    const rel = path_1.default.relative((0, tspath_1.normalizeJoin)(cwd, "node_modules", "tslab"), path);',
        replace: `    path = ${hooks}.packageFile(cwd, path);
    const rel = path_1.default.relative((0, tspath_1.normalizeJoin)(cwd, "node_modules", "tslab"), path);`,
      },
      {
        find: '    sys.readDirectory = function',
        replace: `    sys.realpath = (path) => ts.sys.realpath(${hooks}.packageFile(cwd, path));
    sys.readDirectory = function`,
      },
      {
        find: '        typeRoots.push((0, tspath_1.normalizeJoin)(__dirname, "..", "node_modules", "@types"));',
        replace: `        typeRoots.push(${hooks}.typesFolder);`,
      },
    ],
  },
  {
    // It watches every file that it reads, and those that it looked for and did not find: each saving of a notebook beside
    // them, or a build, ended in "Unexpected pending rebuildTimer". A reader's own modules are still watched.
    name: 'files of packages are not watched',
    changes: [
      {
        find: '        const watcher = ts.sys.watchFile(path, cb, pollingInterval);',
        replace: `        const isOwn = !/node_modules|\\.d\\.[cm]?ts$|\\.json$/.test(path) && ts.sys.fileExists(path);
        const watcher = isOwn ? ts.sys.watchFile(path, cb, pollingInterval) : { close() {} };`,
      },
    ],
  },
];

/** What is put right in the compiler that tslab brings along. */
export const COMPILER_CORRECTIONS: Correction[] = [
  {
    // Where packages name their parts, a type that none of the cell's imports exports "cannot be named … not portable". A
    // cell's declarations are read by the next cell alone: they may name a file inside of a package.
    name: 'types that no import of the cell names',
    changes: [{ find: 'declarationEmitNodeBuilderFlags = ', replace: 'declarationEmitNodeBuilderFlags = 67108864 | ' }],
  },
];

/** The source with corrections. Throws when one does not fit: tslab was replaced by another version. */
export function correctConverter(source: string, corrections: readonly Correction[] = CORRECTIONS): string {
  return corrections.reduce(
    (text, { name, changes }) =>
      changes.reduce((before, { find, replace }) => {
        const parts = before.split(find);
        if (parts.length !== 2) throw new Error(`tslab is another version: the correction "${name}" does not fit it`);
        return parts.join(replace);
      }, text),
    source,
  );
}
