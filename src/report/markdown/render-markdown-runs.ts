import type { LoadedRun } from '../../model/run.ts';
import { plural } from '../format.ts';
import { runOverview } from '../run-overview.ts';
import { verdictSigns } from '../verdict-text.ts';
import { prose, tableRow, withinBytes } from './markdown-blocks.ts';
import { headingBlocks, markdownBlocks, markdownMarker, type RenderMarkdownOptions } from './render-markdown.ts';

/** All of it together stays below the 65,536 characters of a comment; the rest is for the heading and the last line. */
const mostBytes = { overview: 12_000, reports: 48_000 } as const;

/** Several runs as one comment: a table of them first, then each as it would be by itself, as far as there is room. */
export function renderMarkdownRuns(runs: readonly LoadedRun[], options: RenderMarkdownOptions): string {
  const reports = runs.map((loaded) =>
    markdownBlocks(loaded, options, 1 / runs.length)
      .filter(Boolean)
      .join('\n\n'),
  );
  const blocks = [
    markdownMarker(runs.map(({ run }) => run)),
    ...headingBlocks(options.heading ?? {}),
    `## ${plural(runs.length, 'run')}`,
    overviewTable(runs),
    ...withinBytes(reports, mostBytes.reports, (hidden) => `and ${plural(hidden, 'more run')}: see the HTML report`),
  ];
  return `${blocks.filter(Boolean).join('\n\n')}\n`;
}

function overviewTable(runs: readonly LoadedRun[]): string {
  const rows = runs.map(({ run }) => {
    const { scenario, verdict, decision, findings } = runOverview(run);
    const sign = verdict === 'diagnosis' ? '' : `${verdictSigns[verdict]} `;
    return tableRow([prose(scenario, 200), sign + verdict, prose(decision, 300), findings]);
  });
  return [
    tableRow(['scenario', 'verdict', 'decision', 'findings']),
    '| :-- | :-- | :-- | :-- |',
    ...withinBytes(rows, mostBytes.overview, (hidden) => tableRow([`and ${hidden} more`, '', '', ''])),
  ].join('\n');
}
