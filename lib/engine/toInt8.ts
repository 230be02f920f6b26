/** A matrix [K, N] as whole numbers from −127 to 127, and the scale of each column. */
export function toInt8(data: Float32Array, columns: number): { values: Int8Array; scales: Float32Array } {
  const scales = new Float32Array(columns);
  data.forEach((w, i) => {
    scales[i % columns] = Math.max(scales[i % columns], Math.abs(w) / 127);
  });
  const values = Int8Array.from(data, (w, i) => Math.round(w / (scales[i % columns] || 1)));
  return { values, scales };
}
