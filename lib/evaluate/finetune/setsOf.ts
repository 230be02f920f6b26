/** What a split says of itself. */
interface Split {
  readonly length: number;
  readonly classes: readonly string[];
  readonly identity?: string;
}

/**
 * What a fine-tuning's settings say of its pictures: how many, of which classes and, where they are files, which. So a run
 * does not go on, or take its old scores, once pictures of the same names were replaced.
 */
export function setsOf({ train, test }: { train: Split; test: Split }) {
  const files = [train, test].map(({ identity }) => identity);
  return {
    train: train.length,
    test: test.length,
    classes: train.classes,
    ...(files.some((one) => one !== undefined) && { files }),
  };
}
