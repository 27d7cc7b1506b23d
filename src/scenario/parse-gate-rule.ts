import { closest } from '../model/closest.ts';
import type { GateRule, RuleMetric } from '../model/gate.ts';
import { parseBytes, parseChange, parseDuration, parsePercent, parseRate } from './quantities.ts';

export type ParsedRule =
  | { readonly status: 'read'; readonly rule: GateRule }
  | { readonly status: 'refused'; readonly reason: string; readonly hint: string };

interface RuleKind {
  /** Whether each endpoint has it, or only the whole load. */
  readonly perEndpoint: boolean;
  readonly better: 'lower' | 'higher';
  /** In the unit of `GateRule.limit`. */
  readonly parse: (text: string) => number | undefined;
  /** A limit as one would write it. */
  readonly example: string;
}

const latency: RuleKind = { perEndpoint: true, better: 'lower', parse: parseDuration, example: '250ms' };
const size = { better: 'lower', parse: parseSize } as const;

const ruleKinds: Readonly<Record<RuleMetric, RuleKind>> = {
  p50: latency,
  p90: latency,
  p95: latency,
  p99: latency,
  errors: { perEndpoint: true, better: 'lower', parse: parsePercent, example: '0.1%' },
  throughput: { perEndpoint: true, better: 'higher', parse: parseRate, example: '100/s' },
  cpu: { perEndpoint: false, better: 'lower', parse: parseDuration, example: '5ms' },
  bytes: { perEndpoint: true, ...size, example: '50kB' },
  memory: { perEndpoint: false, ...size, example: '200MB' },
  queries: { perEndpoint: true, better: 'lower', parse: parseCount, example: '3' },
};

const howToWrite = 'write a metric, an operator and a limit: p95 < 250ms, p95 of GET /orders <= +10%';

/**
 * Reads a rule such as `p95 of GET /orders < 250ms`: a metric, where it holds, an operator, and a limit.
 *
 * A percentage with its sign is a change from before to after; `errors` without one is a share. `endpoints` are those
 * of the scenario: a rule of another one would never be broken.
 */
export function parseGateRule(text: string, endpoints: readonly string[]): ParsedRule {
  const { name, endpoint, operator, limit } = split(text);
  if (operator === undefined || name === '') return refused(`"${text}" is no rule`, howToWrite);
  if (!isRuleMetric(name)) {
    const names = Object.keys(ruleKinds);
    return refused(`there is no metric "${name}"`, suggestion(name, names) ?? `there are: ${names.join(', ')}`);
  }
  const kind = ruleKinds[name];
  if (endpoint !== undefined && !kind.perEndpoint) {
    return refused(`${name} is known of the whole load only`, `leave out "of ${endpoint}"`);
  }
  if (endpoint !== undefined && !endpoints.includes(endpoint)) {
    const hint = suggestion(endpoint, endpoints) ?? `there are: ${endpoints.join(', ')}`;
    return refused(`there is no endpoint "${endpoint}"`, hint);
  }
  const wanted = kind.better === 'lower' ? '<' : '>';
  if (!operator.startsWith(wanted)) {
    const hint = `a rule says what must hold: write ${name} ${wanted}${operator.slice(1)} ${limit}`;
    return refused(`"${text}" would ask for ${kind.better === 'lower' ? 'more' : 'less'} ${name}`, hint);
  }
  const change = parseChange(limit);
  const value = change ?? kind.parse(limit);
  if (value === undefined) {
    const hint = `write it as ${kind.example}, or a change with its sign as ${kind.better === 'lower' ? '+10%' : '-5%'}`;
    return refused(`"${limit}" is no limit for ${name}`, hint);
  }
  return {
    status: 'read',
    rule: {
      text,
      metric: name,
      ...(endpoint === undefined ? {} : { endpoint }),
      kind: change === undefined ? 'absolute' : 'relative',
      operator,
      limit: value,
    },
  };
}

interface Parts {
  readonly name: string;
  readonly endpoint: string | undefined;
  readonly operator: GateRule['operator'] | undefined;
  readonly limit: string;
}

/** At the last operator, since the name of an endpoint may hold one, and at the first `of`. */
function split(text: string): Parts {
  const at = Math.max(text.lastIndexOf('<'), text.lastIndexOf('>'));
  const sign = text[at] === '<' ? '<' : '>';
  const operator = at < 0 ? undefined : text[at + 1] === '=' ? (`${sign}=` as const) : sign;
  const subject = text.slice(0, Math.max(at, 0)).trim();
  const of = subject.indexOf(' of ');
  return {
    name: of < 0 ? subject : subject.slice(0, of).trim(),
    endpoint: of < 0 ? undefined : subject.slice(of + ' of '.length).trim(),
    operator,
    limit: text.slice(at + (operator?.length ?? 0)).trim(),
  };
}

function isRuleMetric(name: string): name is RuleMetric {
  return Object.hasOwn(ruleKinds, name);
}

function suggestion(word: string, candidates: readonly string[]): string | undefined {
  const meant = closest(word, candidates);
  return meant === undefined ? undefined : `did you mean "${meant}"?`;
}

function refused(reason: string, hint: string): ParsedRule {
  return { status: 'refused', reason, hint };
}

/** A size with its unit, or a plain number of bytes. */
function parseSize(text: string): number | undefined {
  return parseBytes(text) ?? parseCount(text);
}

function parseCount(text: string): number | undefined {
  return /^\d+(\.\d+)?$/.test(text) ? Number(text) : undefined;
}
