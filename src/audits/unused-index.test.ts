import { describe, expect, test } from 'vitest';
import type { IndexState, TableState } from '../model/table-state.ts';
import { analyzed, execution, planNode, plansOf, queriesOf, request, statement } from '../testing/artifacts.ts';
import { unusedIndex } from './unused-index.ts';

const insert = statement(0, 'INSERT INTO events (a) VALUES ($1), ($2)', { kind: 'insert', tables: ['events'] });
const read = statement(1, 'SELECT * FROM events WHERE a = $1');

const index = (more: Partial<IndexState> = {}): IndexState => ({
  ...{ name: 'events_note_idx', definition: 'CREATE INDEX events_note_idx ON public.events USING btree (note)' },
  ...{ columns: ['note'], sizeBytes: 5_000_000, scans: 0 },
  ...more,
});
const table = (indexes: readonly IndexState[], more: Partial<TableState> = {}): TableState => ({
  ...{ table: 'events', estimatedRows: 60_000, changedRows: 0, indexes, unindexedReferences: [] },
  ...more,
});

function audit(tables: readonly TableState[] | undefined, { plan = planNode(), calls = 3 } = {}) {
  const queries = queriesOf(
    [insert, read],
    [request([...Array.from({ length: calls }, () => execution(insert)), execution(read)])],
  );
  const plans = plansOf({ statements: [analyzed(read, { plan })], ...(tables ? { tables } : {}) });
  return unusedIndex.run({ queries, plans }, unusedIndex.defaults);
}

const writes = {
  insert: { withoutMs: 4, withMs: 14, withoutWalBytes: 100_000, withWalBytes: 260_000 },
};

describe('an index that nobody reads', () => {
  test('is likely idle, with what drops it, what brings it back, and since when it was watched', () => {
    expect(audit([table([index()], { countedSince: '2026-01-31T10:00:00Z' })])).toMatchObject([
      {
        key: 'unused-index|events|events_note_idx',
        ...{ grade: 'likely', severity: 'low', endpoint: 'GET /orders' },
        summary: 'events_note_idx on events (5.0 MB) was never read',
        evidence: [
          { kind: 'fix', text: 'DROP INDEX CONCURRENTLY events_note_idx' },
          { kind: 'fix', text: 'CREATE INDEX events_note_idx ON public.events USING btree (note)' },
          { kind: 'text', text: expect.stringContaining('since 2026-01-31T10:00:00Z, when its statistics were reset') },
        ],
      },
    ]);
    expect(audit([table([index()])])).toMatchObject([
      { evidence: [{}, {}, { text: expect.stringContaining('never reset') }] },
    ]);
  });

  test('saves what it costs each row, times the rows that a request inserts', () => {
    expect(audit([table([index({ writes })])])).toMatchObject([
      {
        // Three statements of two rows each, 10 µs a row.
        ...{ savingMs: expect.closeTo(0.06, 6), severity: 'low' },
        evidence: [{}, {}, {}, { kind: 'measurement', beforeMs: 14, afterMs: 4 }],
      },
    ]);
    expect(audit([table([index({ writes })])], { calls: 0 })).not.toHaveProperty('0.savingMs');
  });

  test('begins at a megabyte', () => {
    expect(audit([table([index({ sizeBytes: 1_000_000 })])])).toHaveLength(1);
    expect(audit([table([index({ sizeBytes: 999_999 })])])).toEqual([]);
  });

  test('is quoted where its name needs it, with its schema', () => {
    const found = audit([table([index({ name: 'By"Note' })], { table: 'App.events' })]);
    expect(found).toMatchObject([{ evidence: [{ text: 'DROP INDEX CONCURRENTLY "App"."By""Note"' }, {}, {}] }]);
  });
});

describe('an index that stays', () => {
  test.each<[string, Partial<IndexState>]>([
    ['was read', { scans: 1 }],
    ['keeps values unique', { keptFor: 'uniqueness' }],
    ['belongs to a constraint', { keptFor: 'constraint' }],
    ['makes deletes of the other table fast', { keptFor: 'foreign key' }],
    ['names the rows for replication', { keptFor: 'replication' }],
    ['belongs to a partitioned table', { keptFor: 'partitions' }],
  ])('%s', (_, more) => {
    expect(audit([table([index(more)])])).toEqual([]);
  });

  test('is one that a plan of the workload takes, whatever the server counted', () => {
    const plan = planNode({ type: 'Index Scan', index: 'events_note_idx' });
    expect(audit([table([index()])], { plan })).toEqual([]);
  });
});

test('an index that another covers is idle even while it is read', () => {
  expect(audit([table([index({ scans: 9, coveredBy: 'events_note_kind_idx' })])])).toMatchObject([
    {
      summary: 'events_note_idx on events (5.0 MB) finds nothing that events_note_kind_idx does not find',
      evidence: [{}, {}, { text: expect.stringContaining('It was read 9 times') }],
    },
  ]);
  expect(audit([table([index({ keptFor: 'foreign key', coveredBy: 'longer' })])])).toHaveLength(1);
  expect(audit([table([index({ keptFor: 'constraint', coveredBy: 'longer' })])])).toEqual([]);
});

test('without the indexes of the tables, and without requests, nothing is told', () => {
  expect(audit(undefined)).toEqual({ inconclusive: 'the indexes of the tables were not read' });
  expect(unusedIndex.run({ queries: queriesOf([], []), plans: plansOf() }, unusedIndex.defaults)).toEqual({
    inconclusive: 'no request was traced',
  });
});
