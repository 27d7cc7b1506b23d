import type { LoadedRun } from '../../model/run.ts';
import { runOverview } from '../run-overview.ts';
import { oneLine } from '../untrusted-text.ts';
import { verdictSigns } from '../verdict-text.ts';
import { fitEnd, wrapText } from './display-width.ts';
import { palette, usableWidth } from './palette.ts';
import { type RenderTerminalOptions, renderTerminal } from './render-terminal.ts';

const verdictWidth = 14;

/** Several runs for a terminal: a line for each of them first, then each as it would be by itself. */
export function renderTerminalRuns(runs: readonly LoadedRun[], options: RenderTerminalOptions): string {
  const width = usableWidth(options.width);
  const paint = palette(options.color);
  const overview = runs.flatMap(({ run }) => {
    const { scenario, verdict, decision, findings, failed } = runOverview(run);
    const sign = verdict === 'diagnosis' ? ' ' : verdictSigns[verdict];
    const label = `${sign} ${verdict}`.padEnd(verdictWidth);
    return [
      (verdict === 'diagnosis' ? paint.strong : paint.verdict[verdict])(label) +
        paint.strong(fitEnd(`  ${oneLine(scenario)}: ${findings}`, width - verdictWidth)),
      ...wrapText(oneLine(decision), width - verdictWidth - 2, 2).map(
        (line) => ' '.repeat(verdictWidth + 2) + (failed ? paint.bad : paint.faint)(line),
      ),
    ];
  });
  const rule = paint.faint('─'.repeat(width));
  const reports = runs.map((loaded) => `${rule}\n${renderTerminal(loaded, options)}`);
  return [...overview, ...reports].join('\n');
}
