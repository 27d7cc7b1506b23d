import { expect, it } from 'vitest';
import type { CapacityStep, Knee, StepUsage } from '../model/capacity.ts';
import { capacityStep, poolKnee, poolSteps } from '../testing/sample-capacity.ts';
import { type LimitInput, limitOf } from './capacity-limit.ts';

const flat: LimitInput = { steps: poolSteps, end: 'flat', knee: poolKnee, cpus: 4, runtime: 'node' };

const using = (usage: StepUsage): LimitInput => ({ ...flat, steps: poolSteps.map((step) => ({ ...step, usage })) });

it('is the CPU of the service where one of its threads runs all the time', () => {
  const limit = limitOf(using({ serviceCores: 1.05, busiestThread: 0.97, machine: 0.4, generatorCores: 0.1 }));
  expect(limit).toMatchObject({ kind: 'service-cpu', summary: "the service's CPU (0.97 of one core)" });
});

it('is one interpreter of Python, whose threads take turns', () => {
  const usage = { serviceCores: 0.98, busiestThread: 0.3, machine: 0.4, generatorCores: 0.1 };
  expect(limitOf({ ...using(usage), runtime: 'python' }).kind).toBe('service-cpu');
  expect(limitOf({ ...using(usage), runtime: 'go' }).kind).not.toBe('service-cpu');
});

it('is the machine where a service of many threads uses most of it', () => {
  const limit = limitOf(using({ serviceCores: 3.2, busiestThread: 0.4, machine: 0.97, generatorCores: 0.3 }));
  expect(limit.kind).toBe('machine-cpu');
  expect(limit.summary).toContain("97 % of 4 cores, most of it the service's: 3.20");
});

it('is the generator where that uses most of a full machine', () => {
  const limit = limitOf(using({ serviceCores: 1.2, busiestThread: 0.4, machine: 0.97, generatorCores: 2.2 }));
  expect(limit.kind).toBe('generator');
});

it('is the database where its sessions compute all the time', () => {
  const sessions = { samples: 10, connected: 10, active: 2, waitingForLocks: 0 };
  const usage = {
    serviceCores: 0.2,
    busiestThread: 0.1,
    machine: 0.6,
    generatorCores: 0.1,
    databaseCores: 1.9,
    sessions,
  };
  expect(limitOf(using(usage)).kind).toBe('database-cpu');
});

it('is locks where most of the active sessions wait for one', () => {
  const sessions = { samples: 10, connected: 10, active: 8, waitingForLocks: 6 };
  const limit = limitOf(using({ serviceCores: 0.2, busiestThread: 0.1, machine: 0.2, databaseCores: 0.1, sessions }));
  expect(limit).toMatchObject({ kind: 'database-locks', summary: expect.stringContaining('75 %') });
});

it('is a pool where as many requests as ever are worked on, and nobody computes', () => {
  const limit = limitOf(flat);
  expect(limit).toMatchObject({ kind: 'pool', summary: 'a pool or a limit of about 4 requests at a time' });
  expect(limit.evidence[0]).toContain('200 req/s × 20 ms for one alone');
});

it('is the pool of database connections where all of its sessions are in use', () => {
  const sessions = { samples: 10, connected: 4, active: 3.9, waitingForLocks: 0 };
  const limit = limitOf(using({ serviceCores: 0.05, busiestThread: 0.04, machine: 0.2, databaseCores: 0.1, sessions }));
  expect(limit).toMatchObject({ kind: 'pool', summary: 'the pool of database connections (4 sessions, all in use)' });
});

it('is a pool also while others use up the machine, but not where the requests compute', () => {
  const busy = { machine: 1, generatorCores: 0.05 };
  expect(limitOf(using({ serviceCores: 0.05, busiestThread: 0.04, ...busy })).kind).toBe('pool');
  const computing = limitOf({ ...using({ serviceCores: 2.5, busiestThread: 0.6, ...busy }), cpus: 8 });
  expect(computing).toMatchObject({ kind: 'not-established' });
});

it('is a limit of its own where the service refuses what is more', () => {
  const refusing = capacityStep({ connections: 8, answered: 100, failed: 60, statuses: { 200: 40, 503: 60 } });
  const steps: readonly CapacityStep[] = [...poolSteps.slice(0, 3), refusing];
  const limit = limitOf({ ...flat, steps, end: 'errors' });
  expect(limit).toMatchObject({ kind: 'own-limit', summary: expect.stringContaining('60 % at 8 connections') });
});

it('is not established where the CPU of the service cannot be read', () => {
  const limit = limitOf(using({ machine: 0.3 }));
  expect(limit.kind).toBe('not-established');
  expect(limit.evidence).toContain('The CPU time of the service cannot be read.');
});

it('is not established without a knee, and says why', () => {
  const none: Knee | undefined = undefined;
  const [first] = poolSteps;
  if (!first) throw new Error('the sample has steps');
  expect(limitOf({ ...flat, end: 'most-connections', knee: none }).summary).toContain('still grew at 32 connections');
  const missed = [{ ...first, objectiveMet: false }];
  expect(limitOf({ ...flat, steps: missed, end: 'objective', knee: none }).summary).toContain('with one connection');
});

it('is the generator where that had no time to spare', () => {
  const generator = { utilization: 0.93, threads: 1, lagP95Ms: 1, lagP99Ms: 2 };
  const steps = [...poolSteps, capacityStep({ connections: 64, generator })];
  expect(limitOf({ ...flat, steps, end: 'generator', knee: undefined })).toMatchObject({
    kind: 'generator',
    summary: 'the load generator itself (busy 93 % of the time)',
  });
});
