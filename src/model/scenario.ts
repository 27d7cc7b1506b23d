import type { MetricName } from './comparison.ts';
import type { SourcePosition } from './failure.ts';
import type { Grade, Severity } from './finding.ts';

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
  /** Steps that run once before each load; what they capture and the cookies that they get are there for every flow. */
  readonly before: readonly Step[];
  /** Steps that run once after each load. Neither these nor `before` count in any statistics. */
  readonly after: readonly Step[];
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
  /** Absolute path of the Unix socket at which the service listens instead of the url's port; may hold `${PORT}`. */
  readonly socketPath?: string;
  /** Only for https. */
  readonly tls?: TlsSpec;
}

/** How the service's certificate is verified, and which one it is shown; texts are PEM. */
export interface TlsSpec {
  /** Authorities to trust in place of the usual ones. */
  readonly ca?: string;
  /** Our own certificate and its key. */
  readonly cert?: string;
  readonly key?: string;
  readonly passphrase?: string;
  /** The name that the certificate must bear, where it is not the url's host. */
  readonly servername?: string;
  /** Accept any certificate; every report says so. */
  readonly insecure: boolean;
}

export interface DatabaseSpec {
  readonly source:
    | { readonly kind: 'embedded'; readonly setup: readonly string[] }
    | { readonly kind: 'url'; readonly url: string };
  /** The variable by which the target finds its database. */
  readonly env: string;
  /** Whether copies of the database may be made and altered on its server; always so for the embedded one. */
  readonly scratch: boolean;
  /** Indexes are tried on the database itself, in transactions that are rolled back. */
  readonly trial?: 'transaction';
  /** Each variant works on a copy of its own, which is gone afterwards. */
  readonly isolate: boolean;
  /** Settings of the server may be changed for as long as a service that runs already is traced. */
  readonly capture?: 'log';
}

/** How hard and how long the service is loaded. */
export interface LoadSpec {
  readonly model: LoadModel;
  /** Load before each round that is not counted; 0 where phases of the open model say so themselves. */
  readonly warmupMs: number;
  /** Equal where the number is fixed; else a comparison ends between them, once it is precise enough. */
  readonly rounds: { readonly least: number; readonly most: number };
  /** Left out: `sliced` wherever two variants can be up at once. */
  readonly design?: 'sliced' | 'blocks';
  /** Length of one slice of one variant; a round gives each variant eight of them in ABBA order, or as many as its phases need. */
  readonly sliceMs: number;
  readonly timeoutMs: number;
  /** Seeds the order of variants, the arrivals, and the random choice of data and flows. */
  readonly seed: number;
  /** Requests per endpoint in the trace pass. */
  readonly traceRequests: number;
}

export type LoadModel = ClosedModel | OpenModel;

/** Each connection is a user who begins the next request when the last one was answered, and thought over. */
export interface ClosedModel {
  readonly kind: 'closed';
  readonly connections: number;
}

/** Users arrive by the clock, however slow the service is; each walks through one flow. */
export interface OpenModel {
  readonly kind: 'open';
  /** In order, those that warm up first; the last may be without an end. */
  readonly phases: readonly ArrivalPhase[];
  /** `even`: equal distances. `poisson`: exponential distances, drawn from the seed, as independent users have them. */
  readonly arrivals: 'even' | 'poisson';
  /** The most at a time; a request that is due while all of them are busy waits, and the wait counts. */
  readonly connections: number;
}

/** The rate goes evenly from `fromPerS` to `toPerS`, in flows begun per second. */
export interface ArrivalPhase {
  readonly name?: string;
  /** Left out: as long as the load lasts. */
  readonly durationMs?: number;
  readonly fromPerS: number;
  readonly toPerS: number;
  /** Nothing in it enters any statistics. */
  readonly warmup: boolean;
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
  /** More of the query: names and values, percent-encoded when they are filled in. */
  readonly query: readonly (readonly [name: string, value: string])[];
  /** The endpoint that this request counts for, such as `GET /users/:id`. Steps that share it share its statistics. */
  readonly endpoint: string;
  /** Lower-case names; values may hold `{{ name }}`. */
  readonly headers: Readonly<Record<string, string>>;
  /** The step's own, or that of the target. */
  readonly auth?: Authorization;
  /** Its content type stands in `headers`. */
  readonly body?: RequestBody;
  readonly expect: Expectation;
  readonly captures: readonly Capture[];
  /** Redirects that are followed to their end; the request takes as long as all of them together. */
  readonly redirects: number;
  /** Left out: that of the load. */
  readonly timeoutMs?: number;
}

/** May hold `{{ name }}`. */
export type Authorization =
  | { readonly kind: 'basic'; readonly user: string; readonly password: string }
  | { readonly kind: 'bearer'; readonly token: string };

export type RequestBody =
  /** As it is; may hold `{{ name }}`. */
  | { readonly kind: 'text'; readonly text: string }
  /** JSON; values of `{{ name }}` are escaped as within a JSON string. */
  | { readonly kind: 'json'; readonly text: string }
  /** application/x-www-form-urlencoded; values may hold `{{ name }}`. */
  | { readonly kind: 'form'; readonly fields: readonly (readonly [name: string, value: string])[] }
  /** The bytes of a file, by its absolute path. */
  | { readonly kind: 'file'; readonly path: string };

/** What a response must be; else the request counts as failed. */
export interface Expectation {
  /** Left out: any below 400. */
  readonly statuses?: readonly number[];
  /** The first value that the path finds equals `value`. */
  readonly json: readonly { readonly path: string; readonly value: unknown }[];
  /** The header is there and holds the text; lower-case names. */
  readonly headers: readonly { readonly name: string; readonly holds: string }[];
  /** Texts that the body holds. */
  readonly contains: readonly string[];
  /** Most bytes of the body as it comes over the wire. */
  readonly maxBytes?: number;
}

/** A part of a response that later steps of the walk reach as `{{ as }}`; where nothing is found the request fails. */
export type Capture = { readonly as: string } & (
  | { readonly from: 'json'; readonly path: string }
  | { readonly from: 'header'; readonly name: string }
  | { readonly from: 'regex'; readonly pattern: string; readonly flags: string; readonly group: number }
);

/**
 * A named supply of values for `{{ name }}`; a row with fields is reached as `{{ name.field }}`.
 *
 * A list of plain values has rows of one field, whose name is empty and which is reached as `{{ name }}`.
 */
export interface DataSource {
  readonly as: string;
  /** `unique`: in order, and no row is used twice in one run. */
  readonly order: 'sequence' | 'random' | 'unique';
  readonly values:
    | { readonly kind: 'range'; readonly from: number; readonly to: number }
    | { readonly kind: 'rows'; readonly rows: readonly Readonly<Record<string, string>>[] };
}

export interface Variant {
  readonly name: string;
  /** Starts this variant in place of the target's command. */
  readonly command?: readonly string[];
  /** Where this variant runs already, in place of the target's url: nothing is started for it. */
  readonly url?: string;
  readonly env: Readonly<Record<string, string>>;
  readonly headers: Readonly<Record<string, string>>;
  /** The state of the code. Left out: as it lies there, because no variant names one. */
  readonly git?: GitSource;
  /** Where that state was checked out; a run adds it, and a loaded scenario has none. */
  readonly checkout?: Checkout;
}

/** The ref that means the working tree as it is, without a checkout: git allows no ref of that name. */
export const workingTreeRef = '.';

/** A state of the code of the repository in which the scenario stands. */
export interface GitSource {
  /** Whatever git takes for a commit, or {@link workingTreeRef}. */
  readonly ref: string;
  readonly build: BuildSpec;
}

export interface BuildSpec {
  /** Programs with their arguments, run one after the other. */
  readonly commands: readonly (readonly string[])[];
  /** For all of them together. */
  readonly timeoutMs: number;
}

/** A commit in a folder of its own; paths are absolute. */
export interface Checkout {
  readonly root: string;
  /** The root of the repository that it was made from. */
  readonly repository: string;
  /** The counterpart of `target.cwd`. */
  readonly cwd: string;
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
  /** `true`: an inconclusive or untrusted comparison exits with 3, and so does a rule that cannot be told. */
  readonly certain: boolean;
  /** What must hold; a rule that is broken exits with 1. */
  readonly require: readonly GateRule[];
  /** Findings that exit with 1. */
  readonly findings: readonly FindingRule[];
}

/** What a rule can ask for: a metric, or the statements that one request runs. */
export type RuleMetric = MetricName | 'queries';

/** A line of `gate.require`. */
export interface GateRule {
  /** As it was written: `p95 of GET /orders < 250ms`. */
  readonly text: string;
  readonly metric: RuleMetric;
  /** Left out: every endpoint; of throughput, cpu and memory the whole load. */
  readonly endpoint?: string;
  /** `absolute`: of the after side, or of the only variant. `relative`: of the change from before to after. */
  readonly kind: 'absolute' | 'relative';
  readonly operator: '<' | '<=' | '>' | '>=';
  /**
   * Absolute: ms, a share (of `errors`), per second, bytes, statements. Relative: the change as `ComparedMetric` gives
   * it, 0.1 for `+10%`; of `errors` in shares too.
   */
  readonly limit: number;
}

/** An entry of `gate.findings`; a finding that answers to all of it exits with 1. */
export interface FindingRule {
  /** Left out: every audit. */
  readonly audit?: string;
  /** The least that counts. */
  readonly severity: Severity;
  readonly grade: Grade;
  /** Of a comparison: only what is new, or all that there is after. Without one every finding counts. */
  readonly scope: 'introduced' | 'all';
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
