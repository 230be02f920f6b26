import type { Interval } from '../../evaluate/interval.js';
import type { TaskValue } from '../../figures/taskDots.js';
import { type MetricsOf, PROTOCOLS, type ProtocolName, readEvaluations } from '../judging/evaluateAll.js';

/** Where records are read from: those of a tier, or of a folder of one's own. */
export interface RecordsFrom {
  tier?: string;
  folder?: string;
}

/** A share and its interval, in percent. */
export const inPercent = (value: number, { low, high }: Interval): TaskValue => ({
  value: 100 * value,
  low: 100 * low,
  high: 100 * high,
});

/** As tables write it: '57.3 (55.1–59.4)'. */
export const written = ({ value, low, high }: TaskValue): string =>
  `${value.toFixed(1)} (${low.toFixed(1)}–${high.toFixed(1)})`;

/** What a protocol's records say of each method that was judged by it. */
export function judgedBy<Name extends ProtocolName>(
  protocol: Name,
  from: RecordsFrom,
): { method: string; metrics: MetricsOf<Name>; seconds: number }[] {
  return readEvaluations(protocol, from).flatMap(({ name: method, found }) =>
    'notRun' in found ? [] : [{ method, metrics: found.metrics, seconds: found.record.seconds }],
  );
}

/** Every number that is not there, and why. */
export function notEvaluated(protocols: readonly ProtocolName[], from: RecordsFrom = {}): Record<string, string>[] {
  return protocols.flatMap((protocol) =>
    readEvaluations(protocol, from).flatMap(({ name: method, found }) =>
      'notRun' in found
        ? [{ method, protocol: `${protocol} (${PROTOCOLS[protocol].mirrors})`, 'not run': found.notRun }]
        : [],
    ),
  );
}
