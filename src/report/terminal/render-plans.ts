import { executedWriteOf } from '../../model/executed-write.ts';
import { planChange } from '../../model/plan-change.ts';
import type { ExecutedWrite, IndexTrial, JoinTrial, RewriteTrial, WriteTrial } from '../../model/plan-trials.ts';
import type { PlansArtifact, StatementPlan } from '../../model/plans.ts';
import type { StatementRating } from '../../model/statement-rating.ts';
import type { WriteChange } from '../../model/table-state.ts';
import { executedWriteText, triggerTexts } from '../executed-write-text.ts';
import { formatBytes, formatMs, formatSpeedup, plural } from '../format.ts';
import { planTimesText } from '../plan-times-text.ts';
import { statementText } from '../statement-text.ts';
import { oneLine } from '../untrusted-text.ts';
import { labelled } from './columns.ts';
import { fitEnd, wrapText } from './display-width.ts';
import { type Palette, palette, type TerminalOptions, usableWidth } from './palette.ts';
import { planLines } from './plan-lines.ts';
import { faultLines, overviewLines } from './rating-lines.ts';

export interface RenderPlansOptions extends TerminalOptions {
  readonly showParameters: boolean;
  /** How the statements are rated, where somebody rated them. */
  readonly ratings?: readonly StatementRating[];
  /** The plans of the other variant, to say which have changed. */
  readonly earlier?: { readonly variant: string; readonly plans: PlansArtifact };
  /** What the input held besides statements, a line each. */
  readonly notes?: readonly string[];
}

interface PlansLayout {
  readonly width: number;
  readonly showParameters: boolean;
  readonly paint: Palette;
}

const labelWidth = 11;

/** An overview where there are several, then every statement with its plan, what is wrong with it, and what an index or a rewrite did to it when it was tried. */
export function renderPlans(plans: PlansArtifact, options: RenderPlansOptions): string {
  const layout = {
    width: usableWidth(options.width),
    showParameters: options.showParameters,
    paint: palette(options.color),
  };
  const { ratings = [], notes = [] } = options;
  const overview =
    plans.statements.length > 1 && ratings.length > 0 ? [overviewLines(plans.statements, ratings, layout)] : [];
  const noted =
    notes.length > 0 ? [notes.flatMap((note) => wrapText(oneLine(note), layout.width).map(layout.paint.faint))] : [];
  const blocks = plans.statements.map((statement) => {
    const ofStatement = ({ fingerprint }: { readonly fingerprint: string }) => fingerprint === statement.fingerprint;
    const rating = ratings.find(ofStatement);
    const faults = rating ? faultLines(rating, labelWidth, layout) : [];
    return [
      ...statementLines(statement, executedWriteOf(plans, statement.fingerprint), layout),
      ...changeLines(statement, options.earlier, layout),
      ...(faults.length > 0 ? ['', ...faults] : []),
      ...plans.trials.filter(ofStatement).flatMap((trial) => trialLines(trial, layout)),
    ];
  });
  const rewrites = [...plans.rewrites, ...(plans.joins ?? []), ...(plans.writes ?? [])].flatMap((rewrite) =>
    rewriteLines(rewrite, layout),
  );
  const all = [...overview, ...noted, ...blocks, ...(rewrites.length > 0 ? [rewrites] : [])].map((lines) =>
    lines.join('\n'),
  );
  const server = layout.paint.faint(
    `PostgreSQL ${oneLine(plans.server.version)}, database ${oneLine(plans.server.database)}`,
  );
  return `${[...(all.length > 0 ? all : ['no statement was explained']), server].join('\n\n')}\n`;
}

function statementLines(
  statement: StatementPlan,
  write: ExecutedWrite | undefined,
  { width, showParameters, paint }: PlansLayout,
): readonly string[] {
  const sql = wrapText(oneLine(statementText(statement.sql, showParameters)), width, 6).map(paint.accent);
  switch (statement.status) {
    case 'analyzed':
      return [
        ...sql,
        `${paint.strong(formatMs(statement.executionMs))}${paint.faint(`, ${planTimesText(statement)}`)}`,
        '',
        ...planLines(statement.plan, { width, indent: 2, showParameters, paint }),
      ];
    case 'planned': {
      const executed = write?.status === 'executed' ? write : undefined;
      const head = write ? executedWriteText(write) : `planned, not executed: ${statement.reason}`;
      const triggers = (executed ? triggerTexts(executed) : []).map((line) =>
        fitEnd(oneLine(line), width - labelWidth),
      );
      return [
        ...sql,
        ...wrapText(oneLine(head), width).map(executed ? paint.strong : paint.unsure),
        '',
        ...planLines((executed ?? statement).plan, { width, indent: 2, showParameters, paint }),
        ...(triggers.length > 0
          ? ['', ...labelled({ text: 'triggers', paint: paint.faint }, triggers, labelWidth)]
          : []),
      ];
    }
    case 'refused':
      return [...sql, ...wrapText(oneLine(`not explained: ${statement.reason}`), width).map(paint.unsure)];
  }
}

/** What the plan was in the other variant, where it was another one. */
function changeLines(
  statement: StatementPlan,
  earlier: RenderPlansOptions['earlier'],
  { width, paint }: PlansLayout,
): readonly string[] {
  const was = earlier?.plans.statements.find(({ fingerprint }) => fingerprint === statement.fingerprint);
  if (!earlier || !was || was.status === 'refused' || statement.status === 'refused') return [];
  const clause = planChange(was.plan, statement.plan);
  if (clause === undefined) return [];
  const time = was.status === 'analyzed' ? `, ${formatMs(was.executionMs)}` : '';
  const text = `since ${earlier.variant}${time}: ${clause}`;
  return [
    '',
    ...labelled({ text: 'changed', paint: paint.unsure }, wrapText(oneLine(text), width - labelWidth), labelWidth),
  ];
}

function trialLines(trial: IndexTrial, { width, showParameters, paint }: PlansLayout): readonly string[] {
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
          `${paint.strong(`${formatMs(trial.beforeMs)} → ${formatMs(trial.afterMs)}`)}  ${formatSpeedup(trial.beforeMs, trial.afterMs)}, median of ${plural(trial.runs, 'run')} ${trialPlaces[trial.where]}`,
          ...(trial.used ? [] : [paint.unsure('the planner did not use it')]),
        ]),
        ...block('costs', [`${formatBytes(trial.sizeBytes)}, built in ${formatMs(trial.buildMs)}`]),
        ...block(
          'writes',
          writeLines(trial).flatMap((line) => wrapText(line, room)),
        ),
        ...block(
          'others',
          (trial.others ?? []).map((other) =>
            fitEnd(
              `${formatMs(other.beforeMs)} → ${formatMs(other.afterMs)}  ${oneLine(statementText(other.sql, showParameters))}`,
              room,
            ),
          ),
        ),
      ];
    case 'estimated':
      return [
        '',
        ...block('index', ddl(trial.ddl)),
        ...block('estimated', [
          `cost ${trial.costBefore.toFixed(0)} → ${trial.costAfter.toFixed(0)}, by HypoPG: it was not built`,
          ...(trial.used ? [] : [paint.unsure('the planner would not use it')]),
        ]),
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

const trialPlaces = {
  'scratch-copy': 'on a scratch copy',
  transaction: 'in a transaction, rolled back',
} as const;

function writeLines({ writes, writesUnknown }: Extract<IndexTrial, { status: 'tried' }>): readonly string[] {
  if (!writes) return writesUnknown === undefined ? [] : [`cost not known: ${oneLine(writesUnknown)}`];
  const line = (what: string, change: WriteChange) =>
    `1,000 ${what} ${formatMs(change.withoutMs)} → ${formatMs(change.withMs)}, log ${formatBytes(change.withoutWalBytes)} → ${formatBytes(change.withWalBytes)}`;
  return [line('inserts', writes.insert), ...(writes.update ? [line('updates of its columns', writes.update)] : [])];
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
