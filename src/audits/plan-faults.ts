import type { TableState } from '../model/table-state.ts';
import { misestimates } from './misestimates.ts';
import type { AnalyzedPlan, FaultThresholds, PlanFault } from './plan-fault.ts';
import { wastefulWork } from './wasteful-work.ts';

/**
 * The faults of a plan: wasted work by its time, then wrong estimates, which are only a reason.
 *
 * @param tables - how current the statistics of the tables are, where it is known
 */
export function planFaults(
  plan: AnalyzedPlan,
  thresholds: FaultThresholds,
  tables: readonly TableState[] = [],
): readonly PlanFault[] {
  const planning = planningTime(plan, thresholds);
  if (plan.executionMs < thresholds.minExecutionMs) return planning;
  const waste = [...wastefulWork(plan, thresholds), ...compilation(plan, thresholds), ...planning];
  const dearestFirst = waste.sort((a, b) => b.costMs - a.costMs);
  return [...dearestFirst, ...misestimates(plan, thresholds, tables)];
}

function compilation(
  { jitMs = 0, executionMs }: AnalyzedPlan,
  { minTimeShare }: FaultThresholds,
): readonly PlanFault[] {
  if (jitMs === 0 || jitMs < minTimeShare * executionMs) return [];
  return [
    {
      rule: 'jit',
      grade: 'likely',
      costMs: jitMs,
      summary: `compiling expressions (JIT) takes ${ms(jitMs)} of ${ms(executionMs)}`,
      advice:
        'It pays only for statements of seconds. SET jit = off for the role of the service, or raise jit_above_cost.',
    },
  ];
}

function planningTime(
  { planningMs, executionMs }: AnalyzedPlan,
  { minExecutionMs }: FaultThresholds,
): readonly PlanFault[] {
  if (planningMs < minExecutionMs || planningMs <= executionMs) return [];
  return [
    {
      rule: 'planning-time',
      grade: 'likely',
      costMs: planningMs,
      summary: `planning takes ${ms(planningMs)}, longer than the ${ms(executionMs)} of the execution`,
      advice:
        'Prepare the statement once for each connection (a name in node-postgres, prepareThreshold in JDBC), join fewer tables, or let a condition rule out partitions.',
    },
  ];
}

function ms(value: number): string {
  return `${value.toFixed(1)} ms`;
}
