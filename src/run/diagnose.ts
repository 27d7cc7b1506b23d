import { withCauses } from '../compare/causes.ts';
import { compareVariants } from '../compare/compare-variants.ts';
import { withinTrust, withOverride } from '../compare/distrust.ts';
import { decideGate } from '../compare/gate.ts';
import { metricsOf } from '../compare/metrics.ts';
import { judgeValidity } from '../compare/validity.ts';
import { type Gathered, type GatheredArtifact, type PassArtifactKey, passArtifactKeys } from '../model/artifacts.ts';
import { endpointsOf } from '../model/flow.ts';
import type { LoadArtifact } from '../model/load.ts';
import type { PlansArtifact } from '../model/plans.ts';
import { type ArtifactReference, type LoadedRun, type Run, schemaVersion, type VariantRun } from '../model/run.ts';
import type { Scenario } from '../model/scenario.ts';
import { statementSummary } from '../model/statement-summary.ts';
import { type CheckedOut, withCheckouts } from './checkout-variants.ts';
import { countPass } from './count-pass.ts';
import { describeEnvironment, toolVersion } from './environment.ts';
import { explainPass } from './explain-pass.ts';
import { measurePass } from './measure-pass.ts';
import { openDatabase } from './open-database.ts';
import { createPassContext, type PassContext } from './pass-context.ts';
import { type ProfilePassResult, profilePass } from './profile-pass.ts';
import type { OnProgress } from './progress.ts';
import { requireComparison } from './require-comparison.ts';
import { designOf } from './round-design.ts';
import { checkAuditSelection, runAudits, runAuditTexts } from './run-audits.ts';
import { runId } from './run-id.ts';
import { type TracePassResult, tracePass } from './trace-pass.ts';

interface DiagnoseOptions {
  readonly scenario: Scenario;
  /** The command line that asked for it, for the report. */
  readonly command: string;
  readonly signal: AbortSignal;
  readonly onProgress: OnProgress;
  /** The verdict is to stand even where the measurement is not trusted. */
  readonly trustAnyway?: boolean;
}

/**
 * The whole diagnosis: check out and build where variants name git refs; measure, profile, trace, explain; then audit
 * and compare.
 *
 * Everything that it starts is stopped when it returns or throws. Nothing is written; see `saveRun`.
 */
export async function diagnose(options: DiagnoseOptions): Promise<LoadedRun> {
  const { scenario, signal, onProgress } = options;
  checkAuditSelection(scenario);
  requireComparison(scenario);
  designOf(scenario);
  const startedAt = new Date();
  return withCheckouts(scenario, signal, onProgress, (checkedOut) => runPasses(options, startedAt, checkedOut));
}

async function runPasses(
  { command, signal, onProgress, trustAnyway = false }: DiagnoseOptions,
  startedAt: Date,
  { scenario, revisions, notes }: CheckedOut,
): Promise<LoadedRun> {
  const database = await openDatabase(scenario, signal, onProgress);
  try {
    const context = createPassContext({ scenario, signal, onProgress }, database);
    const loads = await measurePass(context);
    const profiles = new Map<string, ProfilePassResult>();
    for (const variant of scenario.variants) profiles.set(variant.name, await profilePass(context, variant));
    const traces = new Map<string, TracePassResult>();
    for (const variant of scenario.variants) {
      const trace = await tracePass(context, variant);
      traces.set(variant.name, { ...trace, queries: await countPass(context, variant, trace.queries) });
    }
    const gathered = await explainAll(context, loads, profiles, traces);
    return assembleRun({ scenario, command, startedAt, loads, gathered, revisions, notes, trustAnyway });
  } finally {
    await database?.close();
  }
}

async function explainAll(
  context: PassContext,
  loads: Readonly<Record<string, LoadArtifact>>,
  profiles: ReadonlyMap<string, ProfilePassResult>,
  traces: ReadonlyMap<string, TracePassResult>,
): Promise<Readonly<Record<string, Gathered>>> {
  const gathered: Record<string, Gathered> = {};
  let known: PlansArtifact | undefined;
  for (const { name } of context.scenario.variants) {
    const trace = traces.get(name);
    const profile = profiles.get(name);
    const load = loads[name];
    if (!trace || !profile || !load) continue;
    const plans = await explainPass(context, name, trace, known);
    if (plans.status === 'gathered' && !context.scenario.database?.isolate) known = plans.value;
    gathered[name] = { load: { status: 'gathered', value: load }, ...profile, ...trace, plans };
  }
  return gathered;
}

interface Assembly {
  readonly scenario: Scenario;
  readonly command: string;
  readonly startedAt: Date;
  readonly loads: Readonly<Record<string, LoadArtifact>>;
  readonly gathered: Readonly<Record<string, Gathered>>;
  readonly revisions: CheckedOut['revisions'];
  readonly notes: CheckedOut['notes'];
  readonly trustAnyway: boolean;
}

function assembleRun(assembly: Assembly): LoadedRun {
  const { scenario, command, startedAt, loads, gathered, revisions, notes, trustAnyway } = assembly;
  const validity = judgeValidity(loads, scenario.gate);
  const today = startedAt.toISOString().slice(0, 10);
  const variants: Record<string, VariantRun> = {};
  for (const [name, artifacts] of Object.entries(gathered)) {
    const load = loads[name];
    const revision = revisions[name];
    variants[name] = {
      metrics: load ? metricsOf(load) : [],
      outcomes: runAudits(artifacts, scenario.audits, today),
      artifacts: referencesTo(name, artifacts),
      ...(artifacts.queries.status === 'gathered' && { statements: statementSummary(artifacts.queries.value) }),
      ...(artifacts.profile.status === 'gathered' && { flameGraph: `flame/${name}.html` }),
      ...(revision && { revision }),
    };
  }
  const run: Omit<Run, 'comparison' | 'decision'> = {
    schemaVersion,
    id: runId(startedAt, scenario.name),
    startedAt: startedAt.toISOString(),
    durationMs: Date.now() - startedAt.getTime(),
    tool: { name: 'chokepoint', version: toolVersion() },
    scenario: {
      name: scenario.name,
      digest: scenario.digest,
      endpoints: endpointsOf(scenario),
      gate: scenario.gate,
      command,
    },
    environment: describeEnvironment(),
    variants,
    audits: runAuditTexts,
    validity: withOverride({ ...validity, warnings: [...validity.warnings, ...notes] }, trustAnyway),
  };
  const compared = { ...run, ...comparisonOf(run, scenario, gathered) };
  return { run: { ...compared, decision: decideGate(compared, gathered) }, gathered };
}

/** Of two variants; nothing for one. */
function comparisonOf(
  run: Pick<Run, 'variants' | 'validity'>,
  scenario: Scenario,
  gathered: Assembly['gathered'],
): Pick<Run, 'comparison'> {
  const { variants, gate } = scenario;
  const design = designOf(scenario);
  const [first, second] = variants;
  const before = first && run.variants[first.name];
  const after = second && run.variants[second.name];
  if (!before || !after || design === 'alone') return {};
  const sides = [
    { name: first.name, run: before },
    { name: second.name, run: after },
  ] as const;
  const comparison = compareVariants(...sides, gate, design);
  const trusted = withinTrust(comparison, run.validity);
  const [was, is] = [gathered[first.name], gathered[second.name]];
  return { comparison: was && is ? withCauses(trusted, was, is) : trusted };
}

function referencesTo(variant: string, gathered: Gathered): Readonly<Record<PassArtifactKey, ArtifactReference>> {
  const entries = passArtifactKeys.map((key): [PassArtifactKey, ArtifactReference] => {
    const artifact: GatheredArtifact<unknown> = gathered[key];
    return [
      key,
      artifact.status === 'missing' ? artifact : { status: 'gathered', file: `artifacts/${variant}/${key}.json` },
    ];
  });
  return Object.fromEntries(entries) as Record<PassArtifactKey, ArtifactReference>;
}
