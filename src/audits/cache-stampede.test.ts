import { describe, expect, test } from 'vitest';
import type { Burst, BurstStatement } from '../model/bursts.ts';
import { execution, queriesOf, request, statement } from '../testing/artifacts.ts';
import { cacheStampede } from './cache-stampede.ts';

const ranking = statement(0, 'SELECT team, sum(points) FROM scores GROUP BY team');

const filled = (more: Partial<BurstStatement> = {}): BurstStatement => {
  const { fingerprint, normalized, kind, tables } = ranking;
  return {
    ...{ fingerprint, normalized, kind, tables, values: 'v', runsAtOnce: 8, runsAlone: 0, quickMs: 20 },
    ...more,
  };
};

const burst = (when: Burst['when'], statements: readonly BurstStatement[] = [filled()]): Burst => ({
  ...{ endpoint: 'GET /orders', when, atOnce: 8, alone: 2, statements },
});

function audit(bursts: readonly Burst[] | undefined) {
  const queries = { ...queriesOf([ranking], [request([execution(ranking)])]), ...(bursts && { bursts }) };
  return cacheStampede.run({ queries }, cacheStampede.defaults);
}

describe('a result that everybody computes at once', () => {
  test('when it had expired is proven', () => {
    expect(audit([burst('start'), burst('later')])).toMatchObject([
      {
        key: `cache-stampede|GET /orders|${ranking.fingerprint}`,
        grade: 'proven',
        severity: 'high',
        summary:
          '8 equal requests at once ran the same statement on scores 8 times, and those that followed did not run it',
        evidence: [
          { kind: 'statement', sql: ranking.normalized },
          {
            rows: [
              ['when the service had started', 8, 8, 2, 0],
              ['when it had expired', 8, 8, 2, 0],
            ],
          },
          { kind: 'text' },
        ],
      },
    ]);
  });

  test('after the start alone is possible: whether it expires was not seen', () => {
    expect(audit([burst('start')])).toMatchObject([{ grade: 'possible' }]);
  });

  test('is one that half of them compute', () => {
    expect(audit([burst('start', [filled({ runsAtOnce: 4 })])])).toHaveLength(1);
    expect(audit([burst('start', [filled({ runsAtOnce: 3 })])])).toEqual([]);
  });
});

describe('no stampede is', () => {
  test.each<[string, BurstStatement]>([
    ['what is computed for each request, alone too', filled({ runsAlone: 2 })],
    ['what one computes for all', filled({ runsAtOnce: 1 })],
    ['a fast statement', filled({ quickMs: 4.9 })],
    ['a read that locks', filled({ normalized: 'SELECT id FROM jobs FOR UPDATE' })],
    ['a statement without a table', filled({ tables: [] })],
  ])('%s', (_, each) => {
    expect(audit([burst('start', [each])])).toEqual([]);
  });
});

test('where nothing was sent several times it proves nothing', () => {
  for (const none of [undefined, []]) {
    expect(audit(none)).toMatchObject({ inconclusive: expect.stringContaining('at once') });
  }
});
