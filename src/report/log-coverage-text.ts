import type { LogCoverage, LogTimeline, QueryLogReport } from '../model/query-log.ts';
import { formatBytes, formatCount, formatMs, formatTime, plural } from './format.ts';

/** How much was read: `15,000 lines, 2.60 MB of csvlog`. */
export function readText({ lines, bytes, formats, files }: LogCoverage): string {
  const what = `${formatCount(lines)} lines, ${formatBytes(bytes)} of ${formats.join(', ') || 'no known format'}`;
  return files ? `${what} in ${plural(files.length, 'file')}` : what;
}

/** The time that a log covers, to the minute; `undefined` where it has no times. */
export function spanText({ firstAt, lastAt }: QueryLogReport['totals']): string | undefined {
  if (firstAt === undefined || lastAt === undefined) return undefined;
  const [from, to] = [firstAt, lastAt].map((ms) => formatTime(new Date(ms).toISOString()));
  return from === to ? from : `${from} to ${to}`;
}

/** What the log cannot tell, and what of it was left out: a sentence each. */
export function limitTexts({ warnings, coverage }: Pick<QueryLogReport, 'warnings' | 'coverage'>): readonly string[] {
  const { unrecognisedLines, damagedRecords, cutRecords, evicted } = coverage;
  const counted: readonly (readonly [number | undefined, (count: number) => string])[] = [
    [unrecognisedLines, (count) => `${plural(count, 'line')} belong to no record`],
    [damagedRecords, (count) => `${plural(count, 'record')} could not be read`],
    [cutRecords, (count) => `${plural(count, 'record')} were too large and are cut`],
    [evicted?.statements, (count) => `${plural(count, 'execution')} of rare statements are summed up as others`],
    [evicted?.errors, (count) => `${plural(count, 'failure')} are not in the list of errors`],
    [
      evicted?.sessions,
      (count) => `${plural(count, 'session')} had to be given up for others: a loop that went on is seen as two`,
    ],
    [evicted?.loops, (count) => `${plural(count, 'burst')} belong to loops that are not listed`],
  ];
  return [
    ...warnings,
    ...counted.flatMap(([count, sentence]) => (count === undefined || count === 0 ? [] : [sentence(count)])),
  ];
}

/** The width of a bucket as one names it: `second`, `10 minutes`, `day`. */
export function widthText({ widthMs }: LogTimeline): string {
  const seconds = widthMs / 1000;
  const units: readonly (readonly [number, string])[] = [
    [86_400, 'day'],
    [3600, 'hour'],
    [60, 'minute'],
  ];
  const [size, name] = units.find(([unit]) => seconds % unit === 0) ?? [1, 'second'];
  const count = seconds / size;
  return count === 1 ? name : plural(count, name);
}

/** A bucket's begin: `2026-03-14 09:26 UTC`, with seconds where buckets are shorter than a minute. */
export function bucketTime(startAt: number, { widthMs }: LogTimeline): string {
  const iso = new Date(startAt).toISOString();
  if (widthMs >= 86_400_000) return iso.slice(0, 10);
  return widthMs >= 60_000 ? formatTime(iso) : `${iso.slice(0, 10)} ${iso.slice(11, 19)} UTC`;
}

/** The busiest bucket by a figure: `most in the minute of 09:26`. */
export function busiest(timeline: LogTimeline, figure: 'statements' | 'totalMs' | 'errors') {
  return timeline.buckets.reduce((best, bucket) => (bucket[figure] > best[figure] ? bucket : best));
}

/** The figures that are shown over time. */
export const timelineFigures = [
  { key: 'statements', title: 'statements', format: formatCount },
  { key: 'totalMs', title: 'time in the database', format: formatMs },
  { key: 'errors', title: 'errors', format: formatCount },
] as const;
