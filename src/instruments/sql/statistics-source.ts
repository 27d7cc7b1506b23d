import { setTimeout as sleep } from 'node:timers/promises';
import { throwIfAborted } from '../../model/failure.ts';
import type { StatementCount, TracedRequest } from '../../model/queries.ts';
import { createStatementCatalogue } from './statement-catalogue.ts';
import type { StatementSource } from './statement-source.ts';
import {
  type CountedStatement,
  countedBetween,
  hiddenText,
  type StatementStatistics,
  type StatisticsSnapshot,
} from './statement-statistics.ts';

/** A statement is counted when it has ended: it is over when nothing was added for so long. */
const quietMs = 40;
/** Others may use the database without pause; what they run is then counted too. */
const maxWaitMs = 1_000;

const callsIn = (counted: readonly CountedStatement[]) => counted.reduce((sum, { calls }) => sum + calls, 0);

/** How often each statement ran in single requests: exact where nobody else uses the database meanwhile. */
export function createStatisticsSource(statistics: StatementStatistics): StatementSource {
  const catalogue = createStatementCatalogue();
  const requests: TracedRequest[] = [];
  let last: StatisticsSnapshot | undefined;
  let counted = 0;
  let attributed = 0;
  return {
    name: 'pg_stat_statements',
    async record(meta, send, signal) {
      const before = await statistics.snapshot();
      if (last) counted += callsIn(countedBetween(last, before));
      const sentAt = performance.now();
      const { status } = await send('');
      const durationMs = performance.now() - sentAt;
      last = await settled(statistics, signal);
      const all = countedBetween(before, last);
      const own = all.filter(({ sql }) => sql !== hiddenText);
      counted += callsIn(all);
      attributed += callsIn(own);
      const counts = own.map(
        ({ sql, calls, totalMs, rows }): StatementCount => ({ statement: catalogue.idOf(sql), calls, totalMs, rows }),
      );
      requests.push({ ...meta, status, durationMs, executions: [], counts: summed(counts) });
    },
    artifact: () => ({
      source: 'pg_stat_statements',
      statements: catalogue.statements(),
      requests: [...requests],
      coverage: { connections: 0, executions: counted, unattributed: counted - attributed },
    }),
    close: () => statistics.close(),
  };
}

async function settled(statistics: StatementStatistics, signal: AbortSignal): Promise<StatisticsSnapshot> {
  const deadline = performance.now() + maxWaitMs;
  for (let last = await statistics.snapshot(); ; ) {
    throwIfAborted(signal);
    await sleep(quietMs);
    const next = await statistics.snapshot();
    if (callsIn(countedBetween(last, next)) === 0 || performance.now() > deadline) return next;
    last = next;
  }
}

/** The server tells statements apart that differ in their casts or their lists alone. */
function summed(counts: readonly StatementCount[]): readonly StatementCount[] {
  const sums = new Map<number, StatementCount>();
  for (const each of counts) {
    const sum = sums.get(each.statement);
    sums.set(
      each.statement,
      sum
        ? { ...sum, calls: sum.calls + each.calls, totalMs: sum.totalMs + each.totalMs, rows: sum.rows + each.rows }
        : each,
    );
  }
  return [...sums.values()];
}
