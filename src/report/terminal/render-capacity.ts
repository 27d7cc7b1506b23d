import type {
  CapacityResult,
  CapacityStep,
  FailureModeKind,
  LimitKind,
  Scalability,
  SearchEnd,
} from '../../model/capacity.ts';
import { formatCount, formatMs, formatShare, plural } from '../format.ts';
import { oneLine } from '../untrusted-text.ts';
import { type Cell, columnLines, labelled } from './columns.ts';
import { fitMiddle, wrapText } from './display-width.ts';
import { type Paint, type Palette, palette, type TerminalOptions, usableWidth } from './palette.ts';

const labelWidth = 12;

/** The knee and what limits it first, then the steps that show it, and how the service fails past it. */
export function renderCapacity(result: CapacityResult, options: TerminalOptions): string {
  const width = usableWidth(options.width);
  const paint = palette(options.color);
  const block = (label: string, texts: readonly string[], own?: Paint) =>
    texts.flatMap((text, index) =>
      labelled(
        { text: index === 0 ? label : '', paint: paint.faint },
        wrapText(oneLine(text), width - labelWidth).map((line) => (own ? own(line) : line)),
        labelWidth,
      ),
    );
  const { limit, failureMode, plan, warnings, variant, scenario } = result;
  const objective = plan.objective ? `, ${plan.objective.metric} < ${formatMs(plan.objective.belowMs)}` : '';
  return `${[
    ...wrapText(verdict(result), width).map(paint.strong),
    paint.faint(fitMiddle(oneLine(`${scenario} · ${variant}${objective}`), width)),
    '',
    ...stepLines(result, width, paint),
    '',
    ...block('search', [ends[result.end](result)]),
    ...block('limit', [sentence(limit.summary), ...limit.evidence]),
    ...block('law', scalabilityTexts(result.scalability)),
    ...block('past it', [
      failureMode.summary,
      ...recoveryText(result),
      ...failureMode.evidence,
      ...refusalText(result),
    ]),
    ...findingLines(result, block),
    ...block('to do', toDo(result), paint.accent),
    ...block('doubt', warnings, paint.unsure),
  ].join('\n')}\n`;
}

type Block = (label: string, texts: readonly string[], own?: Paint) => readonly string[];

function verdict({ knee, limit, steps }: CapacityResult): string {
  if (knee) {
    const p95 = knee.p95Ms === undefined ? '' : `, p95 ${formatMs(knee.p95Ms)}`;
    return `knee at ${plural(knee.connections, 'connection')}: ${formatPerS(knee.goodputPerS)}${p95}; limited by ${limit.summary}`.replace(
      /limited by (not established|nothing)/,
      'what limits it: $1',
    );
  }
  const most = Math.max(0, ...steps.map(({ goodputPerS }) => goodputPerS));
  if (limit.kind === 'generator') return `no knee found: at least ${formatPerS(most)}; limited by ${limit.summary}`;
  return `no knee found: at least ${formatPerS(most)}; ${limit.summary}`;
}

function stepLines({ steps, knee }: CapacityResult, width: number, paint: Palette): readonly string[] {
  const titles = ['connections', 'goodput', 'p50', 'p95', 'errors', 'service CPU', 'generator', ''];
  const rows = steps.map((step): readonly Cell[] => {
    const isKnee = step.connections === knee?.connections;
    const own = isKnee ? { paint: paint.strong } : {};
    const errors = step.due > 0 ? (step.due - step.answered + step.failed) / step.due : Number.NaN;
    return [
      { text: formatCount(step.connections), ...own },
      { text: formatPerS(step.goodputPerS), ...own },
      { text: optionalMs(step.p50Ms), ...own },
      { text: optionalMs(step.p95Ms), ...own },
      { text: formatShare(errors), ...(errors > 0 ? { paint: paint.bad } : own) },
      { text: cpuText(step), ...own },
      { text: formatShare(step.generator.utilization), ...own },
      { text: isKnee ? '← knee' : step.objectiveMet === false ? 'objective missed' : '', ...own },
    ];
  });
  const head = titles.map((text) => ({ text, paint: paint.faint }));
  const right = Array.from({ length: titles.length - 1 }, () => 'right' as const);
  return columnLines([head, ...rows], { width, align: [...right, 'left'], flex: titles.length - 1 });
}

const optionalMs = (ms: number | undefined) => (ms === undefined ? 'n/a' : formatMs(ms));
const formatPerS = (perS: number) => `${perS < 99.5 ? Number(perS.toPrecision(3)) : formatCount(perS)}/s`;
const sentence = (clause: string) => `${clause.charAt(0).toUpperCase()}${clause.slice(1)}.`;

function cpuText({ usage }: CapacityStep): string {
  return usage.serviceCores === undefined ? 'n/a' : `${usage.serviceCores.toFixed(2)} cores`;
}

const ends: Readonly<Record<SearchEnd, (result: CapacityResult) => string>> = {
  flat: () => 'Two doublings of the connections brought less than 5 %.',
  fell: () => 'With more connections the goodput fell by more than 10 %.',
  objective: ({ plan }) =>
    `With more connections ${plan.objective?.metric ?? 'the latency'} is not below ${formatMs(plan.objective?.belowMs ?? 0)} any more.`,
  errors: () => 'With more connections more than 5 % of the requests fail.',
  generator: () => 'The load generator was busy for more than 85 % of the time, which ended the search.',
  'most-connections': ({ plan }) =>
    `The search ended at ${plural(plan.maxConnections, 'connection')}, the most allowed.`,
};

function scalabilityTexts(scalability: Scalability): readonly string[] {
  if (scalability.status === 'missing') return [`The Universal Scalability Law was not fitted: ${scalability.reason}.`];
  const { points, rSquared, contention, coherency, perConnectionPerS, peak } = scalability;
  const fit = `R² ${rSquared.toFixed(3)} over ${plural(points, 'step')}`;
  if (scalability.status === 'poor') {
    return [`The Universal Scalability Law fits poorly (${fit}), so its parameters are not shown.`];
  }
  const texts = [
    `Universal Scalability Law: one connection alone ${formatPerS(perConnectionPerS)}; ${formatShare(contention)} of the work waits for its turn (contention), and each further connection costs the others ${formatShare(coherency)} (coherency); ${fit}.`,
  ];
  if (peak?.measured) {
    texts.push(
      `By the law the most is ${formatPerS(peak.perS)}, at ${plural(Math.round(peak.connections), 'connection')}.`,
    );
  } else if (peak) texts.push('By the law the most lies beyond what was measured, so it is not told.');
  return texts;
}

function recoveryText({ failureMode: { recovers } }: CapacityResult): readonly string[] {
  if (recovers === undefined) return [];
  return [recovers ? 'It recovers when the load falls.' : 'It does not recover when the load falls to half the knee.'];
}

function refusalText({ overload }: CapacityResult): readonly string[] {
  if (!overload || overload.refusals.refused === 0) return [];
  const { refused, withRetryAfter } = overload.refusals;
  return [
    `Of ${plural(refused, 'refusal')} looked at one by one ${withRetryAfter} said when to come back (Retry-After).`,
  ];
}

function findingLines({ outcomes, audits }: CapacityResult, block: Block): readonly string[] {
  return Object.entries(outcomes).flatMap(([id, outcome]) => {
    const title = audits.find((audit) => audit.id === id)?.failureTitle ?? id;
    if (outcome.status !== 'fail') return [];
    return outcome.findings.flatMap(({ grade, summary }) =>
      block('finding', [`${title} (${id}, ${grade}): ${summary}`]),
    );
  });
}

const cures: Readonly<Record<LimitKind, string | undefined>> = {
  'service-cpu':
    'Make a request cheaper (`chokepoint profile` shows where the time goes), or run one process per core.',
  'machine-cpu': 'Make a request cheaper (`chokepoint profile`), or give the service more cores.',
  'database-cpu': 'Make its statements cheaper: `chokepoint run` finds missing indexes and repeated queries.',
  'database-locks': 'Hold locks for a shorter time: shorter transactions, and no hot row that all of them write.',
  pool: 'Find what counts the requests: size the pool to what is behind it, or hold its slots for a shorter time.',
  'own-limit': 'The limit is doing its work; raise it only if what is behind it has room.',
  generator: 'Load it from a machine with more cores, or with a service that has fewer of them.',
  'not-established': undefined,
};

const remedies: Readonly<Record<FailureModeKind, string | undefined>> = {
  sheds: undefined,
  queues: 'Bound the queue: refuse with 503 and Retry-After what cannot be answered in time.',
  'times-out': 'Bound the queue: a refusal at once costs less than an answer that nobody waits for.',
  errors: 'Refuse with 429 or 503 in place of errors, so that clients know to come back.',
  collapses: 'Limit the requests under way, and refuse the rest: the service spends itself on work that nobody gets.',
  crashes: 'Limit the requests under way (memory grows with them), and refuse the rest with 503.',
  absorbs: undefined,
  'not-established': undefined,
};

function toDo({ limit, failureMode }: CapacityResult): readonly string[] {
  return [cures[limit.kind], remedies[failureMode.kind]].filter((text) => text !== undefined);
}
