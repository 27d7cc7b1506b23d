import type { Gathered, PassArtifactKey } from './artifacts.ts';
import type { AuditText, Outcome } from './audit.ts';
import type { Comparison, Metric } from './comparison.ts';
import type { ExitCode } from './exit-codes.ts';
import type { Gate } from './gate.ts';
import type { StatementSummary } from './statement-summary.ts';

/** Raised when an older chokepoint could not read what a newer one writes. */
export const schemaVersion = 1;

/** One run of one scenario, as `run.json` holds it. */
export interface Run {
  readonly schemaVersion: typeof schemaVersion;
  readonly id: string;
  /** ISO 8601, UTC. */
  readonly startedAt: string;
  readonly durationMs: number;
  readonly tool: { readonly name: 'chokepoint'; readonly version: string };
  readonly scenario: {
    readonly name: string;
    readonly digest: string;
    readonly endpoints: readonly string[];
    readonly gate: Gate;
    /** The command that made this run, to be typed again. */
    readonly command: string;
  };
  readonly environment: Environment;
  readonly variants: Readonly<Record<string, VariantRun>>;
  /** The texts of every audit that was run. */
  readonly audits: readonly AuditText[];
  readonly comparison?: Comparison;
  readonly validity: Validity;
  readonly decision: Decision;
}

/** What the gate says of a run. */
export interface Decision {
  readonly exitCode: ExitCode;
  /** One sentence that says why. */
  readonly reason: string;
  /** What came of each rule of the gate, in their order. */
  readonly rules: readonly RuleResult[];
}

export interface RuleResult {
  /** As it was written: `p95 of GET /orders < 250ms`. */
  readonly rule: string;
  /** `unsure`: the interval lies on both sides of the limit. `unknown`: what it asks for was not measured. */
  readonly status: 'holds' | 'broken' | 'unsure' | 'unknown';
  /** One sentence with the figures. */
  readonly summary: string;
}

export interface Environment {
  readonly node: string;
  readonly platform: string;
  readonly cpuModel: string;
  readonly cpus: number;
  readonly memoryBytes: number;
}

export interface VariantRun {
  readonly metrics: readonly Metric[];
  readonly outcomes: Readonly<Record<string, Outcome>>;
  readonly artifacts: Readonly<Record<PassArtifactKey, ArtifactReference>>;
  /** The 0x page of this variant, relative to the run folder. */
  readonly flameGraph?: string;
  /** Left out where no variant names a state of the code. */
  readonly revision?: Revision;
  /** Left out where none were gathered: the reference of the artifact says why. */
  readonly statements?: StatementSummary;
}

/** The code that a variant was, by git. */
export interface Revision {
  /** As it was asked for; `.` is the working tree. */
  readonly ref: string;
  /** The whole hash; of the working tree, that of its HEAD. */
  readonly commit: string;
  /** The working tree held what its commit does not. */
  readonly dirty: boolean;
}

export type ArtifactReference =
  | { readonly status: 'gathered'; readonly file: string }
  | { readonly status: 'missing'; readonly reason: string };

/** Whether the measurement can be believed, apart from what it says. */
export interface Validity {
  readonly trusted: boolean;
  /** It is not trusted, and the verdict stands all the same, because that was asked for (`--trust-anyway`). */
  readonly overridden?: boolean;
  readonly warnings: readonly ValidityWarning[];
}

export interface ValidityWarning {
  /** `untrusted` makes the whole measurement so; `note` is to be known. */
  readonly level: 'untrusted' | 'note';
  readonly message: string;
}

/** A run with its artifacts at hand, by variant. */
export interface LoadedRun {
  readonly run: Run;
  readonly gathered: Readonly<Record<string, Gathered>>;
}
