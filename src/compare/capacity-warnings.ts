import type { CapacityStep } from '../model/capacity.ts';
import { median } from '../stats/summary.ts';
import { countText, figureText, percentText } from './figures.ts';

/** From where on a figure is doubtful, each with its reason. */
const warningLimits = {
  /** Cores that other programs used: a fifth of one is missing to the service where it would use all. */
  otherCores: 0.2,
  /** Time that the hypervisor gave to others. */
  stealShare: 0.05,
  /** A response that waits for the generator is measured too late. */
  lagMs: 1,
  /** A larger lag is no matter where the service is slow. */
  lagShareOfP50: 0.05,
  /** With fewer answers a p95 is that of one or two requests. */
  answers: 30,
} as const;

/** What makes the figures of the steps doubtful, a sentence each. */
export function capacityWarnings(steps: readonly CapacityStep[], cpus: number, insecure: boolean): readonly string[] {
  const warnings: string[] = [];
  const others = median(steps.flatMap((step) => otherCores(step, cpus)));
  if (others !== undefined && others > warningLimits.otherCores) {
    warnings.push(
      `other programs used ${figureText(others, 'cores')} meanwhile; on a quiet machine the knee may be higher`,
    );
  }
  const steal = Math.max(0, ...steps.map(({ generator }) => generator.stealShare ?? 0));
  if (steal > warningLimits.stealShare) {
    warnings.push(`up to ${percentText(steal)} of the machine's time was given to others by its hypervisor`);
  }
  const late = steps.filter(({ generator, p50Ms = 0 }) => {
    return generator.lagP95Ms > Math.max(warningLimits.lagMs, warningLimits.lagShareOfP50 * p50Ms);
  });
  if (late.length > 0) {
    const lagMs = Math.max(...late.map(({ generator }) => generator.lagP95Ms));
    warnings.push(
      `the load generator woke up to ${figureText(lagMs, 'ms')} late (p95) in ${countText(late.length, 'step')}, so response times may read too high by as much`,
    );
  }
  const scarce = steps.filter(({ answered }) => answered < warningLimits.answers);
  if (scarce.length > 0) {
    warnings.push(
      `${countText(scarce.length, 'step')} had fewer than ${warningLimits.answers} answers; use a longer --step`,
    );
  }
  if (insecure) warnings.push('the certificate of the service was not verified (target.tls.insecure)');
  return warnings;
}

function otherCores({ usage }: CapacityStep, cpus: number): readonly number[] {
  const { machine, serviceCores, databaseCores, generatorCores } = usage;
  // A database that is not ours may be on this machine or not.
  if (machine === undefined || serviceCores === undefined || generatorCores === undefined) return [];
  if (usage.sessions && databaseCores === undefined) return [];
  return [machine * cpus - serviceCores - (databaseCores ?? 0) - generatorCores];
}
