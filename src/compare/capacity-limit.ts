import type { CapacityStep, Knee, Limit, LimitKind, SearchEnd } from '../model/capacity.ts';
import type { Runtime } from '../model/scenario.ts';
import { median } from '../stats/summary.ts';
import { countText, figureText, percentText } from './figures.ts';
import { errorShare, isGood, kneeLimits } from './knee.ts';

/** From where on something counts as used up, each with its reason. */
const limitThresholds = {
  /** A thread that runs for nine tenths of the time: what is missing are moments in which no request was there. */
  thread: 0.9,
  machine: 0.9,
  /** Of the machine's work: with less, it is others who use it up, and the service may wait for something else. */
  ownShare: 0.5,
  /** Of what the sessions of the database, one core each, could use. */
  database: 0.9,
  /** Of the active sessions. */
  waitingForLocks: 0.4,
  /** Of the time that requests are worked on: the rest of it they wait for somebody else. */
  computing: 0.5,
  /** The queue before a pool is seen where twice as many want to get in. */
  crowd: 2,
} as const;

export interface LimitInput {
  /** In the order of their connections. */
  readonly steps: readonly CapacityStep[];
  readonly end: SearchEnd;
  readonly knee?: Knee | undefined;
  readonly cpus: number;
  readonly runtime: Runtime;
}

/** The figures of the steps at the knee and past it that were good, where what limits is used up: their medians. */
interface Saturated {
  readonly thread?: number;
  readonly service?: number;
  readonly machine?: number;
  readonly database?: number;
  readonly generator?: number;
  readonly sessions?: { readonly connected: number; readonly active: number; readonly waitingForLocks: number };
}

/** What kept the goodput from growing; where the figures name nothing, it says so. */
export function limitOf(input: LimitInput): Limit {
  const { steps, end, knee, cpus, runtime } = input;
  const last = steps.at(-1);
  if (end === 'generator') {
    const busiest = Math.max(0, ...steps.map(({ generator }) => generator.utilization));
    return {
      kind: 'generator',
      summary: `the load generator itself (busy ${percentText(busiest)} of the time)`,
      evidence: [`Above ${percentText(kneeLimits.generatorUtilization)} its own queue is part of what it measures.`],
    };
  }
  if (!knee) return { kind: 'not-established', summary: noKnee(steps, end), evidence: [] };
  const usage = saturatedUsage(steps, knee);
  const evidence = usageTexts(usage, cpus);
  const found = (kind: LimitKind, summary: string, ...more: readonly string[]): Limit => ({
    kind,
    summary,
    evidence: [...more, ...evidence],
  });

  const { thread, service, machine, database, generator, sessions } = usage;
  const isOneInterpreter =
    runtime === 'python' && service !== undefined && service >= limitThresholds.thread && service < 1.2;
  if (thread !== undefined && (thread >= limitThresholds.thread || isOneInterpreter)) {
    const cores = isOneInterpreter ? service : thread;
    return found('service-cpu', `the service's CPU (${coreText(cores)} of one core)`);
  }
  if (
    database !== undefined &&
    sessions &&
    database >= limitThresholds.database * Math.min(cpus, Math.max(1, sessions.active))
  ) {
    return found('database-cpu', `the database's CPU (${coreText(database)} of ${countText(cpus, 'core')})`);
  }
  const users = { service: service ?? 0, database: database ?? 0, generator: generator ?? 0 };
  const isFull = machine !== undefined && machine >= limitThresholds.machine;
  if (isFull && users.service + users.database + users.generator >= limitThresholds.ownShare * machine * cpus) {
    const summary = (whose: string, cores: number) =>
      `the machine's CPU (${percentText(machine)} of ${countText(cpus, 'core')}, most of it ${whose}: ${coreText(cores)})`;
    const most = Math.max(...Object.values(users));
    if (most === users.service) return found('machine-cpu', summary("the service's", most));
    if (most === users.database) return found('database-cpu', summary("the database's", most));
    return found('generator', summary("the load generator's", most));
  }
  if (
    sessions &&
    sessions.active > 1 &&
    sessions.waitingForLocks >= limitThresholds.waitingForLocks * sessions.active
  ) {
    const share = percentText(sessions.waitingForLocks / sessions.active);
    return found('database-locks', `locks in the database (${share} of the active sessions wait for one)`);
  }
  const refused = last && end === 'errors' ? refusedShare(steps) : undefined;
  if (refused) {
    return found(
      'own-limit',
      `a limit of its own (it refuses ${percentText(refused.share)} at ${countText(refused.connections, 'connection')})`,
    );
  }
  const pool = poolOf(input, usage, found);
  if (pool) return pool;
  if (isFull) return found('not-established', 'not established: other programs used up the machine');
  return notEstablished(end, found);
}

type Found = (kind: LimitKind, summary: string, ...more: readonly string[]) => Limit;

/**
 * How many requests are worked on at a time, by Little's law: the throughput times the time that one takes alone.
 *
 * Where that stays the same while more and more want to get in, and nobody computes, something counts them.
 */
function poolOf(
  { steps }: LimitInput,
  { service, database = 0, sessions }: Saturated,
  found: Found,
): Limit | undefined {
  const good = steps.filter(isGood);
  const [alone] = good;
  const most = good.at(-1);
  const peakPerS = Math.max(0, ...good.map(({ throughputPerS }) => throughputPerS));
  if (!alone || !most || alone.meanMs === undefined || most.meanMs === undefined) return undefined;
  const slots = (peakPerS * alone.meanMs) / 1000;
  if (service === undefined || service + database >= limitThresholds.computing * slots) return undefined;
  const isCrowded = most.connections >= limitThresholds.crowd * Math.max(slots, alone.connections);
  if (!isCrowded || most.throughputPerS < (1 - kneeLimits.fall) * peakPerS) return undefined;
  const law =
    `About ${countText(Math.max(1, Math.round(slots)), 'request')} at a time ${slots < 1.5 ? 'is' : 'are'} worked on ` +
    `(${figureText(peakPerS, 'req/s')} × ${figureText(alone.meanMs, 'ms')} for one alone); with ` +
    `${countText(most.connections, 'connection')} a request takes ${figureText(most.meanMs, 'ms')}, and ${coresText(service + database)} computes.`;
  if (sessions && sessions.active >= 0.75 * sessions.connected && sessions.connected <= most.connections / 2) {
    const connected = Math.round(sessions.connected);
    return found('pool', `the pool of database connections (${countText(connected, 'session')}, all in use)`, law);
  }
  if (slots < 1.5)
    return found('pool', 'something that only one request at a time can have: a lock, or a pool of one', law);
  return found('pool', `a pool or a limit of about ${Math.round(slots)} requests at a time`, law);
}

function notEstablished(end: SearchEnd, found: Found): Limit {
  if (end === 'objective') return found('not-established', 'nothing was used up when the objective was missed');
  return found('not-established', 'not established: nothing that can be seen from outside was used up');
}

function noKnee(steps: readonly CapacityStep[], end: SearchEnd): string {
  const last = steps.at(-1);
  if (!steps.some(isGood)) {
    return end === 'objective'
      ? 'not established: the objective is missed with one connection'
      : 'not established: too many requests fail with one connection';
  }
  return `not established: the goodput still grew at ${countText(last?.connections ?? 0, 'connection')}`;
}

/** Of the first step with too many errors, where most of those were refusals. */
function refusedShare(steps: readonly CapacityStep[]): { share: number; connections: number } | undefined {
  const step = steps.find((each) => errorShare(each) > kneeLimits.errors);
  if (!step || step.due === 0) return undefined;
  const share = ((step.statuses[429] ?? 0) + (step.statuses[503] ?? 0)) / step.due;
  return share >= errorShare(step) / 2 ? { share, connections: step.connections } : undefined;
}

function saturatedUsage(steps: readonly CapacityStep[], knee: Knee): Saturated {
  const usages = steps.filter((step) => isGood(step) && step.connections >= knee.connections).map(({ usage }) => usage);
  const of = (values: readonly (number | undefined)[]) => median(values.filter((value) => value !== undefined));
  const sampled = usages.flatMap(({ sessions }) => (sessions && sessions.samples > 0 ? [sessions] : []));
  const [thread, service, machine, database, generator] = [
    of(usages.map(({ busiestThread }) => busiestThread)),
    of(usages.map(({ serviceCores }) => serviceCores)),
    of(usages.map((usage) => usage.machine)),
    of(usages.map(({ databaseCores }) => databaseCores)),
    of(usages.map(({ generatorCores }) => generatorCores)),
  ];
  return {
    ...(thread !== undefined && { thread }),
    ...(service !== undefined && { service }),
    ...(machine !== undefined && { machine }),
    ...(database !== undefined && { database }),
    ...(generator !== undefined && { generator }),
    ...(sampled.length > 0 && {
      sessions: {
        connected: of(sampled.map(({ connected }) => connected)) ?? 0,
        active: of(sampled.map(({ active }) => active)) ?? 0,
        waitingForLocks: of(sampled.map(({ waitingForLocks }) => waitingForLocks)) ?? 0,
      },
    }),
  };
}

function usageTexts(
  { thread, service, machine, database, generator, sessions }: Saturated,
  cpus: number,
): readonly string[] {
  const texts: string[] = [];
  if (service === undefined || thread === undefined) texts.push('The CPU time of the service cannot be read.');
  else texts.push(`The service uses ${coresText(service)}, its busiest thread ${coreText(thread)}.`);
  if (machine !== undefined) {
    const own = generator === undefined ? '' : `; the load generator takes ${coreText(generator)} of them`;
    texts.push(`The machine is busy for ${percentText(machine)} of its ${countText(cpus, 'core')}${own}.`);
  }
  if (database !== undefined) texts.push(`The database uses ${coresText(database)}.`);
  if (sessions) {
    const { connected, active, waitingForLocks } = sessions;
    texts.push(
      `Of ${coreText(connected)} sessions in the database ${coreText(active)} are active, ${coreText(waitingForLocks)} of them waiting for a lock.`,
    );
  }
  return texts;
}

const coreText = (cores: number) => cores.toFixed(Math.abs(cores) < 9.95 ? 2 : 0).replace(/\.00$/, '');

const coresText = (cores: number) => `${coreText(cores)} ${cores > 1 ? 'cores' : 'of a core'}`;
