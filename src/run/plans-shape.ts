import type { PlansArtifact, StatementPlan } from '../model/plans.ts';
import type { ForeignKey, IndexState, TableState } from '../model/table-state.ts';
import { planNode } from './plan-node-shape.ts';
import { keys, listOf, nullable, number, oneOf, optional, type Shape, type Status, tagged, text } from './shape.ts';
import {
  executedWrites,
  indexTrials,
  joinTrials,
  narrowTrials,
  pageTrials,
  rewriteTrials,
  writes,
  writeTrials,
} from './trial-shapes.ts';

const statementPlans: { readonly [S in StatementPlan['status']]: Shape } = {
  analyzed: keys<Status<StatementPlan, 'analyzed'>>({
    fingerprint: text,
    sql: text,
    binding: oneOf('literals', 'typed', 'text', 'casts'),
    planningMs: number,
    jitMs: optional(number),
    executionMs: number,
    runsMs: listOf(number),
    roundTripMs: number,
    plan: planNode,
  }),
  planned: keys<Status<StatementPlan, 'planned'>>({ fingerprint: text, sql: text, reason: text, plan: planNode }),
  refused: keys<Status<StatementPlan, 'refused'>>({ fingerprint: text, sql: text, reason: text }),
};

const tables = keys<TableState>({
  table: text,
  estimatedRows: number,
  analyzedAt: optional(text),
  changedRows: number,
  countedSince: optional(text),
  indexes: listOf(
    keys<IndexState>({
      name: text,
      definition: text,
      columns: listOf(nullable(text)),
      keptFor: optional(text),
      sizeBytes: number,
      scans: number,
      coveredBy: optional(text),
      writes: optional(writes),
    }),
  ),
  unindexedReferences: listOf(
    keys<ForeignKey>({ name: text, table: text, columns: listOf(text), estimatedRows: number, ddl: text }),
  ),
});

export const plansShape = keys<PlansArtifact>({
  statements: listOf(tagged('status', statementPlans)),
  trials: listOf(tagged('status', indexTrials)),
  rewrites: listOf(tagged('status', rewriteTrials)),
  joins: optional(listOf(tagged('status', joinTrials))),
  writes: optional(listOf(tagged('status', writeTrials))),
  executedWrites: optional(listOf(tagged('status', executedWrites))),
  pages: optional(listOf(tagged('status', pageTrials))),
  narrowed: optional(listOf(tagged('status', narrowTrials))),
  server: keys<PlansArtifact['server']>({ version: text, database: text, connectMs: optional(number) }),
  tables: optional(listOf(tables)),
});
