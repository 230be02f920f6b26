/** A 1 × 1 picture: the snapshots test what figures do with pictures, not the pictures. */
export const dot =
  'data:image/png;base64,iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg==';

export const dots = (count: number): string[] => Array(count).fill(dot);
