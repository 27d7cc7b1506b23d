import type {
  IndexTrial,
  JoinTrial,
  PlansArtifact,
  RewriteTrial,
  StatementPlan,
  WriteTrial,
} from '../../model/plans.ts';
import { formatBytes, formatMs, formatSpeedup, plural } from '../format.ts';
import { statementText } from '../statement-text.ts';
import { oneLine } from '../untrusted-text.ts';
import { labelled } from './columns.ts';
import { wrapText } from './display-width.ts';
import { type Palette, palette, type TerminalOptions, usableWidth } from './palette.ts';
import { planLines } from './plan-lines.ts';

export interface RenderPlansOptions extends TerminalOptions {
  readonly showParameters: boolean;
}

interface PlansLayout {
  readonly width: number;
  readonly showParameters: boolean;
  readonly paint: Palette;
}

const labelWidth = 11;

/** Every statement with its plan, and what an index or a rewrite did to it when it was tried. */
export function renderPlans(plans: PlansArtifact, options: RenderPlansOptions): string {
  const layout = {
    width: usableWidth(options.width),
    showParameters: options.showParameters,
    paint: palette(options.color),
  };
  const blocks = plans.statements.map((statement) => {
    const ofStatement = ({ fingerprint }: { readonly fingerprint: string }) => fingerprint === statement.fingerprint;
    return [
      ...statementLines(statement, layout),
      ...plans.trials.filter(ofStatement).flatMap((trial) => trialLines(trial, layout)),
    ];
  });
  const rewrites = [...plans.rewrites, ...(plans.joins ?? []), ...(plans.writes ?? [])].flatMap((rewrite) =>
    rewriteLines(rewrite, layout),
  );
  const all = [...blocks, ...(rewrites.length > 0 ? [rewrites] : [])].map((lines) => lines.join('\n'));
  const server = layout.paint.faint(
    `PostgreSQL ${oneLine(plans.server.version)}, database ${oneLine(plans.server.database)}`,
  );
  return `${[...(all.length > 0 ? all : ['no statement was explained']), server].join('\n\n')}\n`;
}

function statementLines(statement: StatementPlan, { width, showParameters, paint }: PlansLayout): readonly string[] {
  const sql = wrapText(oneLine(statementText(statement.sql, showParameters)), width, 6).map(paint.accent);
  switch (statement.status) {
    case 'analyzed':
      return [
        ...sql,
        `${paint.strong(formatMs(statement.executionMs))}${paint.faint(`, median of ${plural(statement.runsMs.length, 'run')}; planning ${formatMs(statement.planningMs)}; ${formatMs(statement.roundTripMs)} with the round trip`)}`,
        '',
        ...planLines(statement.plan, { width, indent: 2, showParameters, paint }),
      ];
    case 'planned':
      return [
        ...sql,
        ...wrapText(oneLine(`planned, not executed: ${statement.reason}`), width).map(paint.unsure),
        '',
        ...planLines(statement.plan, { width, indent: 2, showParameters, paint }),
      ];
    case 'refused':
      return [...sql, ...wrapText(oneLine(`not explained: ${statement.reason}`), width).map(paint.unsure)];
  }
}

function trialLines(trial: IndexTrial, { width, paint }: PlansLayout): readonly string[] {
  const room = width - labelWidth;
  const block = (label: string, lines: readonly string[]) =>
    labelled({ text: label, paint: paint.faint }, lines, labelWidth);
  const ddl = (text: string) => wrapText(oneLine(text), room, 4).map(paint.accent);
  switch (trial.status) {
    case 'tried':
      return [
        '',
        ...block('index', ddl(trial.ddl)),
        ...block('measured', [
          `${paint.strong(`${formatMs(trial.beforeMs)} → ${formatMs(trial.afterMs)}`)}  ${formatSpeedup(trial.beforeMs, trial.afterMs)}, median of ${plural(trial.runs, 'run')} on a scratch copy`,
          ...(trial.used ? [] : [paint.unsure('the planner did not use it')]),
        ]),
        ...block('costs', [`${formatBytes(trial.sizeBytes)}, built in ${formatMs(trial.buildMs)}`]),
      ];
    case 'untried':
      return [
        '',
        ...block('index', ddl(trial.ddl)),
        ...block('untried', wrapText(oneLine(trial.reason), room).map(paint.unsure)),
      ];
    case 'none':
      return ['', ...block('no index', wrapText(oneLine(trial.reason), room))];
  }
}

function rewriteLines(
  rewrite: RewriteTrial | JoinTrial | WriteTrial,
  { width, showParameters, paint }: PlansLayout,
): readonly string[] {
  if (rewrite.status === 'none') return [];
  const room = width - labelWidth;
  const block = (label: string, lines: readonly string[]) =>
    labelled({ text: label, paint: paint.faint }, lines, labelWidth);
  const sql = wrapText(oneLine(statementText(rewrite.sql, showParameters)), room, 4).map(paint.accent);
  if (rewrite.status === 'untried') {
    return [...block('in one', sql), ...block('untried', wrapText(oneLine(rewrite.reason), room).map(paint.unsure))];
  }
  const [before, after, count] =
    'joinedMs' in rewrite
      ? [rewrite.separateMs, rewrite.joinedMs, rewrite.repeats + 1]
      : [rewrite.loopMs, rewrite.batchedMs, rewrite.repeats];
  return [
    ...block('in one', sql),
    ...block('measured', [
      `${paint.strong(`${formatMs(before)} → ${formatMs(after)}`)}  ${formatSpeedup(before, after)}, ${plural(count, 'statement')} in one`,
      rewrite.sameRows ? 'the same rows' : paint.bad('not the same rows'),
    ]),
  ];
}
