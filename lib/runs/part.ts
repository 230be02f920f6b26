/** One of several processes or machines that share a piece of work: `index` in 0 … `of` − 1. */
export interface Part {
  readonly index: number;
  readonly of: number;
}

/** Every `of`-th item, beginning with number `index`; all of them without a part. */
export function itemsOfPart<T>(items: readonly T[], part?: Part): T[] {
  return items.filter((_, i) => part === undefined || i % part.of === part.index);
}
