import type { CapacityResult, CapacityStep, Knee, Overload } from '../model/capacity.ts';

/** A step of a service with 20 ms of waiting per request and hardly any CPU; 100 requests, all well. */
export function capacityStep(more: Partial<CapacityStep> = {}): CapacityStep {
  const goodputPerS = more.goodputPerS ?? 100;
  const { answered = 100, failed = 0, timedOut = 0, lost = 0, unsent = 0 } = more;
  const sent = answered + timedOut + lost;
  return {
    connections: 1,
    durationMs: 3000,
    due: sent + unsent,
    sent,
    unsent,
    answered,
    failed,
    timedOut,
    lost,
    throughputPerS: goodputPerS,
    goodputPerS,
    meanMs: 20,
    p50Ms: 20,
    p95Ms: 22,
    p99Ms: 23,
    statuses: { 200: answered - failed },
    usage: { serviceCores: 0.05, busiestThread: 0.04, machine: 0.1, generatorCores: 0.05 },
    generator: { utilization: 0.1, threads: 1, lagP95Ms: 0.1, lagP99Ms: 0.2 },
    ...more,
  };
}

/** Four slots of 20 ms each: 200 requests per second, whatever the number of connections. */
export const poolSteps: readonly CapacityStep[] = [1, 2, 4, 8, 16, 32].map((connections) => {
  const goodputPerS = 50 * Math.min(4, connections);
  return capacityStep({ connections, goodputPerS, meanMs: (connections / goodputPerS) * 1000 });
});

export const poolKnee: Knee = { connections: 4, goodputPerS: 200, p95Ms: 22 };

/** 300 requests per second for five seconds, of which the service does 200 and lets the others wait. */
export function overload(more: Partial<Overload> = {}): Overload {
  return {
    offeredPerS: 300,
    durationMs: 5000,
    mostConnections: 500,
    counts: { due: 1500, sent: 1500, unsent: 0, answered: 1500, failed: 0, timedOut: 0, lost: 0 },
    statuses: { 200: 1500 },
    troubles: {},
    seconds: [0, 1, 2, 3, 4].map((second) => ({ second, answered: 200, unsuccessful: 0, p50Ms: 200 + 400 * second })),
    goodputPerS: 200,
    drainMs: 2500,
    generator: { utilization: 0.1, threads: 1, lagP95Ms: 0.1, lagP99Ms: 0.2 },
    refusals: { seen: 4, refused: 0, withRetryAfter: 0, withoutRetryAfter: {} },
    recovery: { offeredPerS: 100, goodputPerS: 100, p95Ms: 22 },
    ...more,
  };
}

/** What a search over {@link poolSteps} gives. */
export function capacityResult(more: Partial<CapacityResult> = {}): CapacityResult {
  return {
    schemaVersion: 1,
    scenario: 'shop',
    variant: 'after',
    startedAt: '2026-03-14T09:26:53.000Z',
    environment: { node: 'v22.0.0', platform: 'linux x64', cpuModel: 'x', cpus: 2, memoryBytes: 2 ** 33 },
    runtime: 'node',
    plan: { stepMs: 3000, maxConnections: 512 },
    steps: poolSteps,
    end: 'flat',
    knee: poolKnee,
    limit: { kind: 'pool', summary: 'a pool or a limit of about 4 requests at a time', evidence: ['A figure.'] },
    scalability: { status: 'missing', reason: '4 usable steps, and at least 5 are needed' },
    overload: overload(),
    failureMode: { kind: 'queues', summary: 'It takes everything and lets it wait.', recovers: true, evidence: [] },
    outcomes: { 'no-backpressure': { status: 'pass' }, 'missing-retry-after': { status: 'pass' } },
    audits: [],
    warnings: [],
    ...more,
  };
}
