import type { Outcome } from '../model/audit.ts';

type Outcomes = Readonly<Record<string, Outcome>>;

/** The ids of the audits that found something. */
export function failing(outcomes: Outcomes = {}): readonly string[] {
  return Object.entries(outcomes).flatMap(([audit, { status }]) => (status === 'fail' ? [audit] : []));
}

/** What did not pass. A service without a database skips what looks at statements; all else must have been judged. */
export function notPassing(outcomes: Outcomes = {}): Outcomes {
  return Object.fromEntries(
    Object.entries(outcomes).filter(
      ([, outcome]) =>
        outcome.status !== 'pass' &&
        !(outcome.status === 'skipped' && outcome.reason === 'the scenario names no database'),
    ),
  );
}
