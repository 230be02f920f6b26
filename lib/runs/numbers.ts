import { InputError } from '../errors.js';

/** What a number has to be, both ends included unless the name says otherwise. */
export interface NumberRule {
  readonly whole?: boolean;
  readonly least?: number;
  readonly above?: number;
  readonly most?: number;
  readonly below?: number;
  readonly multipleOf?: number;
}

/** Digits, a decimal point and an exponent: no comma, no other base, no `Infinity`, and nothing that stops half-way. */
const DECIMAL = /^[+-]?(\d+(\.\d*)?|\.\d+)(e[+-]?\d+)?$/i;

/**
 * The number that a person typed.
 * @param where the option or variable it was typed for
 * @param example a value that would do, for the advice
 * @throws InputError unless the whole text is one number that keeps the rule
 */
export function parseNumber(
  text: string,
  { where, rule, example = rule.least ?? 1 }: { where: string; rule: NumberRule; example?: number },
): number {
  const value = DECIMAL.test(text) ? Number(text) : Number.NaN;
  if (keeps(value, rule)) return value;
  const point = /^[+-]?\d+,\d+$/.test(text) ? `write a point for the comma, ${text.replace(',', '.')}, or ` : '';
  throw new InputError({
    where,
    expected: ruleInWords(rule),
    found: text === '' ? 'an empty text' : text,
    fix: `${point}give a number in this range, e.g. ${example}`,
  });
}

function keeps(value: number, { whole, least, above, most, below, multipleOf }: NumberRule): boolean {
  return (
    Number.isFinite(value) &&
    (!whole || Number.isSafeInteger(value)) &&
    (least === undefined || value >= least) &&
    (above === undefined || value > above) &&
    (most === undefined || value <= most) &&
    (below === undefined || value < below) &&
    (multipleOf === undefined || value % multipleOf === 0)
  );
}

/** `a whole number from 1 to 1000`, `a number above 0, at most 1` */
export function ruleInWords({ whole, least, above, most, below, multipleOf }: NumberRule): string {
  const kind = multipleOf ? `a multiple of ${multipleOf}` : whole ? 'a whole number' : 'a number';
  if (least !== undefined && most !== undefined) return `${kind} from ${least} to ${most}`;
  const ends = [
    least === undefined ? '' : `from ${least} on`,
    above === undefined ? '' : `above ${above}`,
    most === undefined ? '' : `at most ${most}`,
    below === undefined ? '' : `below ${below}`,
  ].filter(Boolean);
  return ends.length > 0 ? `${kind} ${ends.join(', ')}` : kind;
}
