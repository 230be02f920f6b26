import { type MetricsOf, PROTOCOLS, type ProtocolName, readEvaluations } from '../judging/evaluateAll.js';
import type { Tier } from '../world/settings.js';

/** Where records are read from: those of a tier, or of a folder of one's own. */
export interface RecordsFrom {
  tier?: Tier;
  folder?: string;
}

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
