import type { Evidence } from '../model/finding.ts';
import type { JoinTrial, RewriteTrial } from '../model/plan-trials.ts';
import type { PlansArtifact } from '../model/plans.ts';
import type { QueriesArtifact } from '../model/queries.ts';
import type { EndpointLoop } from './grouping.ts';

const method = 'executed one after the other on an idle connection with the captured parameters, nothing attached';

/** What was tried in place of a loop: one statement for all rows, and one for all rows and their parents. */
export interface LoopTrials {
  readonly batch: RewriteTrial | undefined;
  readonly join: JoinTrial | undefined;
}

/** The trials of a loop; a join is that with the statement which feeds it at this endpoint. */
export function trialsOf(
  { statement, parent }: EndpointLoop,
  queries: QueriesArtifact,
  plans: PlansArtifact,
): LoopTrials {
  const { fingerprint } = statement;
  const fedBy = parent && queries.statements[parent.statement]?.fingerprint;
  return {
    batch: plans.rewrites.find((trial) => trial.fingerprint === fingerprint),
    join: plans.joins?.find((trial) => trial.fingerprint === fingerprint && trial.parentFingerprint === fedBy),
  };
}

/** The trials as a finding shows them. */
export function rewriteEvidence({ batch, join }: LoopTrials): readonly Evidence[] {
  return [...(batch ? batchEvidence(batch) : []), ...(join ? joinEvidence(join) : [])];
}

function batchEvidence(batch: RewriteTrial): readonly Evidence[] {
  if (batch.status === 'none') return [{ kind: 'text', text: `No batched statement was tried: ${batch.reason}.` }];
  if (!batch.sameRows) {
    return [
      { kind: 'text', text: 'A batched statement was tried, but it did not give the same rows: write it by hand.' },
    ];
  }
  return [
    { kind: 'fix', label: 'one statement for all rows; it gave the same rows', language: 'sql', text: batch.sql },
    {
      kind: 'measurement',
      label: `${batch.repeats} statements → 1`,
      beforeMs: batch.loopMs,
      afterMs: batch.batchedMs,
      runs: batch.runs,
      method: `both ${method}`,
    },
  ];
}

function joinEvidence(join: JoinTrial): readonly Evidence[] {
  if (join.status === 'none') return [{ kind: 'text', text: `No JOIN was tried: ${join.reason}.` }];
  if (!join.sameRows) {
    return [{ kind: 'text', text: 'A JOIN was tried, but it did not give the same rows: write it by hand.' }];
  }
  return [
    {
      kind: 'fix',
      label: 'or a JOIN, for the rows together with their parents; it gave the same rows',
      language: 'sql',
      text: join.sql,
    },
    {
      kind: 'measurement',
      label: `${join.repeats + 1} statements → 1 JOIN`,
      beforeMs: join.separateMs,
      afterMs: join.joinedMs,
      runs: join.runs,
      method: `the parent, its loop, and the join, ${method}`,
    },
  ];
}
