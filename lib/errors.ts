/**
 * An error about something the caller gave us. It says four things: where, what was expected,
 * what was found, and what to do about it.
 */
export class InputError extends Error {
  override name = 'InputError';
  readonly where: string;
  readonly expected: string;
  readonly found: string;
  readonly fix: string;

  constructor(problem: { where: string; expected: string; found: string; fix: string }) {
    super(
      `${problem.where}\n  expected: ${problem.expected}\n  found:    ${problem.found}\n  to do:    ${problem.fix}`,
    );
    this.where = problem.where;
    this.expected = problem.expected;
    this.found = problem.found;
    this.fix = problem.fix;
  }
}
