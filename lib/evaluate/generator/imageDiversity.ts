/** Mean distances, each 1 − cosine of two features: 0 for the same direction, 1 for nothing in common. */
export interface ImageDiversity {
  /** between images of one caption; 0 where captions have one image */
  withinCaption: number;
  /** between images of different captions */
  acrossCaptions: number;
}

/**
 * How different images are, within a caption (what guidance costs, paper §3.2) and over captions.
 * @param features [captions · imagesPerCaption, width], caption by caption; at least two captions
 */
export function imageDiversity(
  features: Float32Array | Float64Array,
  { width, imagesPerCaption: k }: { width: number; imagesPerCaption: number },
): ImageDiversity {
  const captions = features.length / (width * k);
  if (!Number.isInteger(captions) || captions < 2 || k < 1) {
    throw new RangeError(
      `imageDiversity: two captions at least of ${k} rows of ${width}, found ${features.length} numbers`,
    );
  }
  const count = captions * k;
  const all = new Float64Array(width);
  let squareOfCaptions = 0;
  for (let caption = 0; caption < captions; caption++) {
    const sum = new Float64Array(width);
    for (let image = 0; image < k; image++) {
      const row = features.subarray((caption * k + image) * width, (caption * k + image + 1) * width);
      const norm = Math.sqrt(squared(row));
      for (let j = 0; j < width; j++) sum[j] += row[j] / (norm || 1);
    }
    squareOfCaptions += squared(sum);
    for (let j = 0; j < width; j++) all[j] += sum[j];
  }
  // ‖Σu‖² counts every ordered pair's cosine once, and 1 for each image with itself.
  const within = captions * k * (k - 1);
  return {
    withinCaption: within > 0 ? 1 - (squareOfCaptions - count) / within : 0,
    acrossCaptions: 1 - (squared(all) - squareOfCaptions) / (count * (count - k)),
  };
}

function squared(vector: Float32Array | Float64Array): number {
  let sum = 0;
  for (const value of vector) sum += value * value;
  return sum;
}
