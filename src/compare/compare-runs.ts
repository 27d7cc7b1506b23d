import type { Comparison } from '../model/comparison.ts';
import { Failure } from '../model/failure.ts';
import type { Environment, Run, ValidityWarning } from '../model/run.ts';
import { compareVariants, type Side } from './compare-variants.ts';

/**
 * Two saved runs of the same scenario, judged by the gate of the later one.
 *
 * Of a run with two variants the second takes part: it is the state that the run led to. The rounds of separate
 * runs were not measured in turns, so they are compared unpaired, which the warnings say. Throws
 * `runs-not-comparable` for another scenario or other endpoints, and `runs-other-machine` unless that is allowed.
 */
export function compareRuns(
  before: Run,
  after: Run,
  options: { readonly allowOtherMachine?: boolean } = {},
): { readonly comparison: Comparison; readonly warnings: readonly ValidityWarning[] } {
  requireSameScenario(before, after);
  const sameMachine = isSameMachine(before.environment, after.environment);
  if (!sameMachine && options.allowOtherMachine !== true) {
    throw new Failure('runs-other-machine', {
      before: machineText(before.environment),
      after: machineText(after.environment),
    });
  }
  return {
    comparison: compareVariants(sideOf(before), sideOf(after), after.scenario.gate, 'separate'),
    warnings: [
      ...notes(before, after, sameMachine).map(asNote),
      ...distrust('before', before),
      ...distrust('after', after),
    ],
  };
}

function requireSameScenario(before: Run, after: Run): void {
  const refuse = (reason: string) => new Failure('runs-not-comparable', { reason });
  if (before.scenario.name !== after.scenario.name) {
    throw refuse(`one is of the scenario "${before.scenario.name}", the other of "${after.scenario.name}"`);
  }
  const [was, is] = [new Set(before.scenario.endpoints), new Set(after.scenario.endpoints)];
  const differences = [
    ...[...was].filter((endpoint) => !is.has(endpoint)).map((endpoint) => `${endpoint} before only`),
    ...[...is].filter((endpoint) => !was.has(endpoint)).map((endpoint) => `${endpoint} after only`),
  ];
  if (differences.length > 0) throw refuse(`their endpoints differ (${differences.join(', ')})`);
}

function sideOf(run: Run): Side {
  const names = Object.keys(run.variants);
  const name = run.comparison?.after ?? names.at(-1);
  const variant = name === undefined ? undefined : run.variants[name];
  if (variant === undefined) throw new Failure('runs-not-comparable', { reason: `the run ${run.id} has no variant` });
  return { name: names.length > 1 ? `${run.id} (${name})` : run.id, run: variant };
}

/**
 * Processor, cores, memory and system are equal. Two machines of one kind are not told apart: what looks like a baseline
 * of the same machine may be one of its neighbour in the rack.
 */
function isSameMachine(before: Environment, after: Environment): boolean {
  return machineText(before) === machineText(after);
}

/** Memory in whole GiB: what a kernel keeps for itself differs from one start to the next. */
function machineText({ cpuModel, cpus, memoryBytes, platform }: Environment): string {
  return `${cpuModel} × ${cpus}, ${Math.round(memoryBytes / 2 ** 30)} GiB, ${platform}`;
}

function notes(before: Run, after: Run, sameMachine: boolean): readonly string[] {
  const notes = [
    'the runs were made at different times, so what the machine did in between counts as a change: the intervals of times carry an allowance of −19 % to +24 % for it. Put both states into one scenario as variants to see smaller changes',
  ];
  if (before.id === after.id) notes.push(`both are the same run, ${before.id}`);
  if (before.scenario.digest !== after.scenario.digest) {
    notes.push('the scenario was changed between the runs: its name and endpoints are the same, the load may not be');
  }
  if (!sameMachine) {
    notes.push(
      `the runs were made on different machines, ${machineText(before.environment)} and ${machineText(after.environment)}: a change may be the machine's`,
    );
  }
  if (before.environment.node !== after.environment.node) {
    notes.push(`chokepoint ran on Node ${before.environment.node} before and on ${after.environment.node} after`);
  }
  return notes;
}

function asNote(message: string): ValidityWarning {
  return { level: 'note', message };
}

/** What made a run untrusted makes its comparison so. */
function distrust(side: string, run: Run): readonly ValidityWarning[] {
  return run.validity.warnings
    .filter((warning) => warning.level === 'untrusted')
    .map((warning) => ({ ...warning, message: `${side}: ${warning.message}` }));
}
