import { InputError } from '../../errors.js';
import { hashOfConfig } from '../../runs/record.js';
import { type ExperimentRecord, specOfRecord } from '../records.js';
import type { MeasuredRow } from '../results.js';

/**
 * Every setting that was run, whatever the experiment, as a row with the records of its seeds: what the spread over seeds
 * is pooled over.
 * @throws InputError where pictures are of two generators: such runs cannot be compared
 */
export function allSettings(records: Iterable<ExperimentRecord>): MeasuredRow[] {
  const rows = new Map<string, MeasuredRow>();
  const generators = new Map<string, string>();
  for (const record of records) {
    const { images, encoder } = specOfRecord(record);
    const label = hashOfConfig({ images, encoder });
    rows.set(label, { label, paper: {}, images, encoder, records: [...(rows.get(label)?.records ?? []), record] });
    if (record.inputs.generator) generators.set(record.inputs.generator, record.name);
  }
  if (generators.size > 1) {
    throw new InputError({
      where: 'run records',
      expected: 'pictures of one generator',
      found: `those of ${generators.size}, e.g. in ${[...generators.values()].join(' and ')}`,
      fix: 'run the experiments again: records of another generator are replaced',
    });
  }
  return [...rows.values()];
}
