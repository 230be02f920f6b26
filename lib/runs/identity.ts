import { InputError } from '../errors.js';

/** Longer lists of what differs are cut: the first ones tell enough. */
const MOST = 12;

/**
 * Compares what a run was begun with and what it is asked to go on with, leaf by leaf, as JSON: a field that is undefined
 * is none, and the order of keys does not count.
 *
 * @param options.allow keys that may differ: `training.steps`, or `data.captions` and all below
 * @returns the keys that differ, all of them allowed
 * @throws InputError that lists what differs and may not: `config.steps: 10 then, 20 now`
 */
export function requireSame(
  where: string,
  {
    before,
    now,
    allow = [],
    expected = 'the settings that it was begun with',
    fix = 'go on with the old settings, or choose another folder for the new run',
  }: { before: unknown; now: unknown; allow?: readonly string[]; expected?: string; fix?: string },
): string[] {
  const all = differences(asJson(before), asJson(now));
  const isAllowed = ({ key }: Difference) => allow.some((name) => key === name || key.startsWith(`${name}.`));
  const differing = all.filter((one) => !isAllowed(one));
  if (differing.length === 0) return all.map(({ key }) => key);
  const lines = differing.slice(0, MOST).map(({ key, was, is }) => `${key}: ${was} then, ${is} now`);
  if (differing.length > MOST) lines.push(`and ${differing.length - MOST} more`);
  throw new InputError({ where, expected, found: lines.join('; '), fix });
}

interface Difference {
  key: string;
  was: string;
  is: string;
}

const asJson = (value: unknown): unknown => JSON.parse(JSON.stringify(value ?? null));

function differences(before: unknown, now: unknown, at = ''): Difference[] {
  const isTree = (value: unknown): value is Record<string, unknown> => typeof value === 'object' && value !== null;
  if (isTree(before) && isTree(now)) {
    const keys = [...new Set([...Object.keys(before), ...Object.keys(now)])];
    return keys.flatMap((key) => differences(before[key], now[key], at ? `${at}.${key}` : key));
  }
  return before === now ? [] : [{ key: at || 'all', was: shown(before), is: shown(now) }];
}

function shown(value: unknown): string {
  const text = value === undefined ? 'nothing' : JSON.stringify(value);
  return text.length > 80 ? `${text.slice(0, 80)}…` : text;
}
