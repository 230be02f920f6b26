import { InputError } from '../../errors.js';
import type { ImageMeasures, MeasuredPoint } from '../../evaluate/generator/measureGenerator.js';
import type { SamplingTradeoffData, TradeoffMeasures } from '../../figures/samplingTradeoff.js';
import { type RunRecord, readRunRecord } from '../../runs/record.js';

/** What `synclr measure-generator` wrote. */
export interface GeneratorMeasures {
  record: RunRecord;
  /** of scenes as a perfect generator would make them */
  perfect: ImageMeasures;
  points: MeasuredPoint[];
}

/** Reads the results of `synclr measure-generator`. @throws InputError where the file is none */
export function readGeneratorMeasures(file: string): GeneratorMeasures {
  const record = readRunRecord(file);
  if (record.name !== 'generator-measures') {
    throw new InputError({
      where: file,
      expected: 'results of `synclr measure-generator`',
      found: `a record of ${record.name}`,
      fix: 'name the file that its --out named',
    });
  }
  const { perfect, points } = record.metrics as unknown as Pick<GeneratorMeasures, 'perfect' | 'points'>;
  return { record, perfect, points };
}

/**
 * The curve against one setting of the sampler, with the other fixed: `{ setting: 'guidance', fixed: 25 }` are the points
 * with 25 steps. Likeness is that to the families the generator learned from.
 */
export function tradeoffData(
  { perfect, points }: Pick<GeneratorMeasures, 'perfect' | 'points'>,
  { setting, fixed }: { setting: SamplingTradeoffData['setting']; fixed: number },
): SamplingTradeoffData {
  const other = setting === 'guidance' ? 'steps' : 'guidance';
  const chosen = points.filter((point) => point[other] === fixed);
  if (chosen.length < 2) {
    const found = points.map(({ guidance, steps }) => `${guidance}/${steps}`).join(', ');
    throw new InputError({
      where: `the curve against ${setting}`,
      expected: `two points at least with ${other} ${fixed}`,
      found: `guidance/steps ${found}`,
      fix: 'run `synclr measure-generator` with more settings',
    });
  }
  return {
    setting,
    points: chosen.map((point) => ({ value: point[setting], ...drawnOf(point) })),
    perfect: drawnOf(perfect),
  };
}

function drawnOf({ generatorFamilies, diversity, judge }: ImageMeasures): TradeoffMeasures {
  const { frechet, precision, recall } = generatorFamilies;
  return { frechet, precision, recall, diversity: diversity.withinCaption, judged: judge.concept };
}
