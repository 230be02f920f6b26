/** The number behind each of the 65536 patterns of IEEE 754 binary16. */
let halves: Float32Array | undefined;

/** IEEE 754 binary16 → float32, exactly. */
export function widenHalf(bits: Uint16Array): Float32Array {
  halves ??= Float32Array.from({ length: 65536 }, (_, half) => halfToFloat(half));
  const wide = new Float32Array(bits.length);
  for (let i = 0; i < bits.length; i++) wide[i] = halves[bits[i]];
  return wide;
}

/** int64 → int32, or null when a number does not fit. */
export function narrowLong(numbers: BigInt64Array): Int32Array | null {
  return numbers.every((n) => n === BigInt.asIntN(32, n)) ? Int32Array.from(numbers, Number) : null;
}

/** bfloat16, the upper half of a float32 → float32, exactly. */
export function widenBrain(bits: Uint16Array): Float32Array {
  return new Float32Array(Uint32Array.from(bits, (b) => b << 16).buffer);
}

function halfToFloat(half: number): number {
  const sign = half & 0x8000 ? -1 : 1;
  const exponent = (half >> 10) & 31;
  const fraction = half & 1023;
  if (exponent === 0) return sign * fraction * 2 ** -24;
  if (exponent === 31) return fraction ? Number.NaN : sign * Number.POSITIVE_INFINITY;
  return sign * (1 + fraction / 1024) * 2 ** (exponent - 15);
}
