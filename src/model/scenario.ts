import type { SourcePosition } from './failure.ts';
import type { Flow, Step } from './flow.ts';
import type { Gate } from './gate.ts';
import type { LoadSpec } from './load-spec.ts';

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
