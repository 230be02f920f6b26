import type * as TypeScript from 'typescript';

/**
 * ■ ends every wait of a cell's own code, too: `await work` becomes `went(running(), await work)`, where `running` is the
 * signal of the cell in which the wait began and `went` throws once that is aborted. Without it a cell's loop would run on
 * behind the idle kernel.
 *
 * @param hooks an expression whose value has both
 */
export function stopAfterAwaits(
  ts: typeof TypeScript,
  hooks: string,
): TypeScript.TransformerFactory<TypeScript.SourceFile> {
  return (context) => {
    const { factory } = context;
    const call = (name: string, values: TypeScript.Expression[]) =>
      factory.createCallExpression(
        factory.createPropertyAccessExpression(factory.createIdentifier(hooks), name),
        undefined,
        values,
      );
    const visit: TypeScript.Visitor = (node) => {
      const inner = ts.visitEachChild(node, visit, context);
      return ts.isAwaitExpression(inner) ? call('went', [call('running', []), inner]) : inner;
    };
    return (file) => ts.visitEachChild(file, visit, context);
  };
}

/** @throws what the signal was aborted with */
export function went<T>(signal: AbortSignal | undefined, value: T): T {
  signal?.throwIfAborted();
  return value;
}
