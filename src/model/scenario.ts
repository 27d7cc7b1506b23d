import type { SourcePosition } from './failure.ts';

/** A validated, frozen scenario: every default is filled in, every duration is in milliseconds, every path absolute. */
export interface Scenario {
  readonly name: string;
  /** Absolute path of the YAML file. */
  readonly file: string;
  /**
   * SHA-256 (hex) of what decides the numbers: all but `gate` and `audits`, with variables unexpanded.
   *
   * Two runs of the same scenario recognise each other by it, on other machines and with other secrets too.
   */
  readonly digest: string;
  readonly target: TargetSpec;
  readonly database?: DatabaseSpec;
  readonly load: LoadSpec;
  readonly flows: readonly Flow[];
  readonly data: readonly DataSource[];
  /** One entry named `default` for a diagnosis; two entries, before and after, for a comparison. */
  readonly variants: readonly Variant[];
  readonly gate: Gate;
  readonly audits: AuditSelection;
  /** Where each key stands in the file, by dotted path: `target.command`, `flows.0.steps.1.get`. */
  readonly positions: Readonly<Record<string, SourcePosition>>;
}

/** How to profile the service; `native` and languages without support skip the profile pass with that reason. */
export type Runtime = 'node' | 'go' | 'python' | 'native';

export interface TargetSpec {
  /** The program and its arguments, split without a shell. Left out: attach to what listens at `url`. */
  readonly command?: readonly string[];
  /** Absolute folder in which `command` runs. */
  readonly cwd: string;
  /** May hold `${PORT}`, which becomes a free port for each process. */
  readonly url: string;
  /** Path that answers below 400 once the service is ready. */
  readonly ready: string;
  readonly readyTimeoutMs: number;
  readonly runtime: Runtime;
  readonly env: Readonly<Record<string, string>>;
  /** Hosts other than loopback that load may be sent to. */
  readonly allowHosts: readonly string[];
}

export interface DatabaseSpec {
  readonly source:
    | { readonly kind: 'embedded'; readonly setup: readonly string[] }
    | { readonly kind: 'url'; readonly url: string };
  /** The variable by which the target finds its database. */
  readonly env: string;
  /** Whether copies of the database may be made and altered on its server; always so for the embedded one. */
  readonly scratch: boolean;
}

/** The closed model: each connection sends its next request when the last one was answered (and thought over). */
export interface LoadSpec {
  readonly connections: number;
  readonly warmupMs: number;
  readonly rounds: number;
  /** Length of one slice of one variant; a round gives each variant eight of them in ABBA order. */
  readonly sliceMs: number;
  readonly timeoutMs: number;
  /** Seeds the order of variants and the random choice of data and flows. */
  readonly seed: number;
  /** Requests per endpoint in the trace pass. */
  readonly traceRequests: number;
}

export interface Flow {
  readonly name: string;
  readonly weight: number;
  readonly steps: readonly Step[];
}

export type Step = RequestStep | ThinkStep;

export interface ThinkStep {
  readonly kind: 'think';
  readonly durationMs: number;
}

export type HttpMethod = 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE' | 'HEAD' | 'OPTIONS';

export interface RequestStep {
  readonly kind: 'request';
  readonly method: HttpMethod;
  /** Path and query, relative to the target's url; may hold `{{ name }}`. */
  readonly url: string;
  /** The endpoint that this request counts for, such as `GET /users/:id`. Steps that share it share its statistics. */
  readonly endpoint: string;
  /** Lower-case names; values may hold `{{ name }}`. */
  readonly headers: Readonly<Record<string, string>>;
  /** May hold `{{ name }}`; its content type stands in `headers`. */
  readonly body?: string;
  readonly expect: { readonly status?: number };
}

/**
 * A named supply of values for `{{ name }}`; a row with fields is reached as `{{ name.field }}`.
 *
 * A list of plain values has rows of one field, whose name is empty and which is reached as `{{ name }}`.
 */
export interface DataSource {
  readonly as: string;
  readonly order: 'sequence' | 'random';
  readonly values:
    | { readonly kind: 'range'; readonly from: number; readonly to: number }
    | { readonly kind: 'rows'; readonly rows: readonly Readonly<Record<string, string>>[] };
}

export interface Variant {
  readonly name: string;
  readonly env: Readonly<Record<string, string>>;
  readonly headers: Readonly<Record<string, string>>;
}

export type LatencyMetric = 'p50' | 'p90' | 'p95' | 'p99';

/** What makes a comparison regress, and what makes the command fail. */
export interface Gate {
  readonly metric: LatencyMetric;
  /** Relative change that matters: 0.1 is ten per cent. */
  readonly margin: number;
  /** Absolute change that matters. */
  readonly floorMs: number;
  /** Share of failed requests that is tolerated: 0.001 is 0.1 %. */
  readonly errors: number;
  /** `true`: an inconclusive or untrusted comparison exits with 3. */
  readonly certain: boolean;
  /** Ids of audits whose proven findings exit with 1. */
  readonly findings: readonly string[];
}

export interface AuditSelection {
  readonly ignore: readonly IgnoreRule[];
  /** Options by audit id, laid over the audit's `defaults`. */
  readonly options: Readonly<Record<string, Readonly<Record<string, unknown>>>>;
}

export interface IgnoreRule {
  readonly audit: string;
  readonly endpoint?: string;
  readonly reason: string;
  /** ISO date after which the rule no longer holds. */
  readonly until?: string;
}

/** The endpoints of a scenario in the order in which they first appear. */
export function endpointsOf(scenario: Pick<Scenario, 'flows'>): readonly string[] {
  return [...new Set(scenario.flows.flatMap(endpointsOfFlow))];
}

/** The endpoints that one flow requests, in order, without repeats. */
export function endpointsOfFlow(flow: Flow): readonly string[] {
  const requests = flow.steps.filter((step): step is RequestStep => step.kind === 'request');
  return [...new Set(requests.map((step) => step.endpoint))];
}
