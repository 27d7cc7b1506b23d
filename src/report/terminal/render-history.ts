import type { HistoryEntry } from '../../model/history.ts';
import { formatMetric, formatTime, plural } from '../format.ts';
import { oneLine } from '../untrusted-text.ts';
import { fitEnd } from './display-width.ts';
import { palette, type TerminalOptions, usableWidth } from './palette.ts';

/**
 * The last runs, a line each with what it came to, and a line with the latencies of its endpoints.
 *
 * No trend is drawn and nothing is compared: runs of different times and machines differ by more than the code.
 */
export function renderHistory(entries: readonly HistoryEntry[], options: TerminalOptions): string {
  const width = usableWidth(options.width);
  const paint = palette(options.color);
  const machines = new Set(entries.map(({ machine }) => `${machine.cpuModel} × ${machine.cpus}`));
  const lines = entries.flatMap((entry) => {
    const found = Object.values(entry.findings).reduce((sum, count) => sum + count, 0);
    const commit = oneLine(entry.commit ?? 'no commit')
      .slice(0, 12)
      .padEnd(12);
    const head = `${oneLine(formatTime(entry.startedAt))}  ${commit}  ${entry.verdict.padEnd(12)}  `;
    const rest = `${oneLine(entry.scenario)}, ${plural(found, 'finding')}`;
    const figures = entry.metrics
      .filter(({ name }) => name !== 'errors')
      .map(({ endpoint, name, value, unit }) => `${oneLine(endpoint)} ${name} ${formatMetric(value, unit)}`);
    return [
      (entry.exitCode === 0 ? paint.strong : paint.bad)(fitEnd(head + rest, width)),
      paint.faint(fitEnd(`  ${figures.join(' · ')}`, width)),
    ];
  });
  const note =
    machines.size > 1 ? [paint.unsure(`from ${machines.size} machines: their figures cannot be compared`)] : [];
  return `${[...lines, ...note].join('\n')}\n`;
}
