import type {
  ExecutedWrite,
  IndexedReference,
  IndexTrial,
  JoinTrial,
  NarrowTrial,
  OtherStatement,
  PageTrial,
  RewriteTrial,
  TriggerTime,
  WriteTrial,
} from '../model/plan-trials.ts';
import type { WriteChange, WriteCost } from '../model/table-state.ts';
import { planNode } from './plan-node-shape.ts';
import { boolean, keys, listOf, number, oneOf, optional, type Shape, type Status, text } from './shape.ts';

const candidate = {
  fingerprint: text,
  table: text,
  columns: listOf(text),
  include: optional(listOf(text)),
  predicate: optional(text),
  ddl: text,
};

const writeChange = keys<WriteChange>({
  withoutMs: number,
  withMs: number,
  withoutWalBytes: number,
  withWalBytes: number,
});

export const writes = keys<WriteCost>({ insert: writeChange, update: optional(writeChange) });

export const indexTrials: { readonly [S in IndexTrial['status']]: Shape } = {
  tried: keys<Status<IndexTrial, 'tried'>>({
    ...candidate,
    where: text,
    beforeMs: number,
    afterMs: number,
    runs: number,
    used: boolean,
    sizeBytes: number,
    buildMs: number,
    planBefore: planNode,
    planAfter: planNode,
    writes: optional(writes),
    writesUnknown: optional(text),
    others: optional(listOf(keys<OtherStatement>({ fingerprint: text, sql: text, beforeMs: number, afterMs: number }))),
  }),
  estimated: keys<Status<IndexTrial, 'estimated'>>({
    ...candidate,
    costBefore: number,
    costAfter: number,
    used: boolean,
    planAfter: planNode,
  }),
  untried: keys<Status<IndexTrial, 'untried'>>({ ...candidate, reason: text }),
  none: keys<Status<IndexTrial, 'none'>>({ fingerprint: text, reason: text }),
};

export const executedWrites: { readonly [S in ExecutedWrite['status']]: Shape } = {
  executed: keys<Status<ExecutedWrite, 'executed'>>({
    fingerprint: text,
    rows: oneOf('captured', 'others'),
    executionMs: number,
    runs: number,
    plan: planNode,
    triggers: listOf(
      keys<TriggerTime>({ name: text, constraint: optional(text), table: text, calls: number, timeMs: number }),
    ),
    references: optional(listOf(keys<IndexedReference>({ name: text, afterMs: number }))),
  }),
  none: keys<Status<ExecutedWrite, 'none'>>({ fingerprint: text, reason: text }),
};

/** What is known of a loop and of the one statement that was run in its place. */
const oneStatement = { fingerprint: text, sql: text, repeats: number, runs: number, sameRows: boolean };

export const rewriteTrials: { readonly [S in RewriteTrial['status']]: Shape } = {
  tried: keys<Status<RewriteTrial, 'tried'>>({ ...oneStatement, loopMs: number, batchedMs: number }),
  none: keys<Status<RewriteTrial, 'none'>>({ fingerprint: text, reason: text }),
};

export const joinTrials: { readonly [S in JoinTrial['status']]: Shape } = {
  tried: keys<Status<JoinTrial, 'tried'>>({
    ...oneStatement,
    parentFingerprint: text,
    separateMs: number,
    joinedMs: number,
  }),
  none: keys<Status<JoinTrial, 'none'>>({ fingerprint: text, parentFingerprint: optional(text), reason: text }),
};

export const writeTrials: { readonly [S in WriteTrial['status']]: Shape } = {
  tried: keys<Status<WriteTrial, 'tried'>>({ ...oneStatement, loopMs: number, batchedMs: number, where: text }),
  untried: keys<Status<WriteTrial, 'untried'>>({ fingerprint: text, sql: text, reason: text }),
  none: keys<Status<WriteTrial, 'none'>>({ fingerprint: text, reason: text }),
};

const paged = { fingerprint: text, kind: oneOf('whole', 'offset'), tableRows: number, offset: number };

export const pageTrials: { readonly [S in PageTrial['status']]: Shape } = {
  tried: keys<Status<PageTrial, 'tried'>>({
    ...paged,
    sql: text,
    key: listOf(text),
    rows: number,
    pageRows: number,
    beforeMs: number,
    afterMs: number,
    firstPageMs: optional(number),
    runs: number,
    sameRows: boolean,
  }),
  untried: keys<Status<PageTrial, 'untried'>>({ ...paged, reason: text }),
};

const narrowed = { fingerprint: text, columns: listOf(text) };

export const narrowTrials: { readonly [S in NarrowTrial['status']]: Shape } = {
  tried: keys<Status<NarrowTrial, 'tried'>>({
    ...narrowed,
    sql: text,
    beforeMs: number,
    afterMs: number,
    runs: number,
  }),
  none: keys<Status<NarrowTrial, 'none'>>({ ...narrowed, reason: text }),
};
