import { planChange } from '../model/plan-change.ts';
import type { PlansArtifact, StatementPlan } from '../model/plans.ts';
import { mean } from '../stats/summary.ts';
import { bothSides, type CauseCandidate, type EndpointChange, movedBy, type Step } from './endpoint-change.ts';
import { stepText } from './figures.ts';
import { shortStatement } from './short-statement.ts';
import { type PairedStatement, pairedStatements } from './traced-statements.ts';

/** A plan may change with the values and cost the same: its time must have moved by this, in ms per request. */
const enough = { least: 0.1, share: 0.2 } as const;

export interface PlanCause extends CauseCandidate {
  readonly fingerprint: string;
}

/**
 * Statements that run on both sides, and that the database reaches its rows for in another way.
 *
 * Their cost is the execution time without a service, times the calls that both sides make; where a plan could not be
 * executed on both sides (it writes), the change is told without a figure.
 */
export function causesInPlans(change: EndpointChange): readonly PlanCause[] {
  const queries = bothSides(change, 'queries');
  const plans = bothSides(change, 'plans');
  if (!queries || !plans) return [];
  return pairedStatements(queries, change.endpoint).flatMap((pair) => {
    const [was, is] = plans.map((side) => planOf(side, pair.statement.fingerprint));
    return was && is ? causeOf(change, pair, was, is) : [];
  });
}

type Planned = Exclude<StatementPlan, { status: 'refused' }>;

function planOf({ statements }: PlansArtifact, fingerprint: string): Planned | undefined {
  return statements.find((plan): plan is Planned => plan.fingerprint === fingerprint && plan.status !== 'refused');
}

function causeOf(change: EndpointChange, pair: PairedStatement, was: Planned, is: Planned): readonly PlanCause[] {
  const { statement, before, after } = pair;
  const clause = planChange(was.plan, is.plan);
  const calls = Math.min(mean(before.calls) ?? 0, mean(after.calls) ?? 0);
  if (clause === undefined || calls === 0) return [];
  const sql = shortStatement(statement.normalized);
  const cause = { kind: 'plan', fingerprint: statement.fingerprint } as const;
  if (was.status === 'planned' || is.status === 'planned') return [{ ...cause, summary: `${clause}: ${sql}` }];
  const perRequest = (executionMs: number) => (executionMs * calls) / after.concurrency;
  const step: Step = [perRequest(was.executionMs), perRequest(is.executionMs)];
  if (!movedBy(change, step, enough)) return [];
  const summary = `${clause}, ${stepText([was.executionMs, is.executionMs], 'ms')} each: ${sql}`;
  return [{ ...cause, summary, explainsMs: step[1] - step[0] }];
}
