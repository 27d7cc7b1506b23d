import type { HistoryEntry } from '../model/history.ts';
import { environment, metricParts } from './run-shape.ts';
import { keys, listOf, mapOf, nullable, number, oneOf, optional, text } from './shape.ts';

/** What a file of a history must hold. */
export const historyShape = keys<HistoryEntry>({
  schemaVersion: number,
  run: text,
  startedAt: text,
  scenario: text,
  digest: text,
  commit: optional(text),
  machine: environment,
  verdict: oneOf('REGRESSED', 'IMPROVED', 'OK', 'INCONCLUSIVE', 'diagnosis'),
  exitCode: number,
  reason: text,
  findings: mapOf(number),
  metrics: listOf(
    keys<HistoryEntry['metrics'][number]>({
      name: metricParts.name,
      endpoint: text,
      unit: metricParts.unit,
      value: nullable(number),
    }),
  ),
});
