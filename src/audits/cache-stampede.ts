import { defineAudit } from '../model/audit.ts';
import { type Burst, type BurstStatement, isStampede, minRuns } from '../model/bursts.ts';
import { type Finding, severityOfSaving } from '../model/finding.ts';
import { isPlainRead } from '../model/plain-read.ts';
import { notTraced } from './traced.ts';

/**
 * When a kept result has expired, every request that comes meanwhile computes it anew.
 *
 * What is never kept is no stampede: `cacheable-query` reports that. `minStatementMs` is 5: what is faster is there
 * again before the next request comes.
 */
export const cacheStampede = defineAudit({
  id: 'cache-stampede',
  technique: 'caching',
  title: 'An expired result is renewed once',
  failureTitle: 'An expired result is computed by everybody at once',
  why: 'The database gets the most expensive statement many times at once, just when nobody has a result to answer with.',
  fix: 'Let the first one compute it and the others wait for the same promise (single flight), or answer the old one.',
  requires: ['queries'],
  defaults: { minStatementMs: 5 },

  run({ queries }, { minStatementMs }) {
    const reason = notTraced(queries);
    if (reason) return { inconclusive: reason };
    const { bursts, requests } = queries;
    if (requests.every(({ method }) => method !== 'GET' && method !== 'HEAD')) return [];
    if (!bursts || bursts.length === 0)
      return {
        inconclusive: `no read was sent several times at once: the scenario has fewer than ${minRuns} connections, or rows that are used once`,
      };
    const filled = bursts.flatMap((burst) =>
      burst.statements
        .filter((each) => isStampede(each, burst) && each.quickMs >= minStatementMs && isPlainRead(each))
        .map((statement): Filling => ({ burst, statement })),
    );
    return [...groupsOf(filled)].map(([key, fillings]) => toFinding(key, fillings));
  },
});

interface Filling {
  readonly burst: Burst;
  readonly statement: BurstStatement;
}

function groupsOf(fillings: readonly Filling[]): ReadonlyMap<string, readonly Filling[]> {
  const groups = new Map<string, readonly Filling[]>();
  for (const filling of fillings) {
    const key = `cache-stampede|${filling.burst.endpoint}|${filling.statement.fingerprint}`;
    groups.set(key, [...(groups.get(key) ?? []), filling]);
  }
  return groups;
}

function toFinding(key: string, fillings: readonly Filling[]): Finding {
  const later = fillings.find(({ burst }) => burst.when === 'later');
  const shown = later ?? fillings[0];
  if (!shown) throw new Error('a group has a member');
  const { burst, statement } = shown;
  const { runsAtOnce, quickMs } = statement;
  return {
    key,
    audit: 'cache-stampede',
    endpoint: burst.endpoint,
    severity: severityOfSaving((runsAtOnce - 1) * quickMs),
    // What is computed once in the life of a process looks the same at its start.
    grade: later ? 'proven' : 'possible',
    summary: `${burst.atOnce} equal requests at once ran the same statement on ${statement.tables.join(', ')} ${runsAtOnce} times, and those that followed did not run it`,
    evidence: [
      {
        kind: 'statement',
        label: 'is kept by the service, and was run by each of them',
        sql: statement.normalized,
      },
      {
        kind: 'table',
        label: 'equal requests',
        columns: ['when', 'sent at once', 'ran it', 'sent behind them', 'ran it'],
        rows: fillings.map((filling) => [
          filling.burst.when === 'later' ? 'when it had expired' : 'when the service had started',
          filling.burst.atOnce,
          filling.statement.runsAtOnce,
          filling.burst.alone,
          filling.statement.runsAlone,
        ]),
      },
      {
        kind: 'text',
        text: later
          ? 'It was kept, expired, and was computed by all of them again.'
          : 'It did not expire while the trace waited for it. After each start it is like this; whether it is when it expires, if it does, was not seen.',
      },
    ],
  };
}
