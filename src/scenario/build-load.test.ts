import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { attached, createScenarioFolder, failureOf, oneFlow, type ScenarioFolder } from '../testing/scenario-folder.ts';

let shop: ScenarioFolder;
beforeAll(async () => {
  shop = await createScenarioFolder();
});
afterAll(() => shop.remove());

const load = async (written: string) => (await shop.load(`${attached}${oneFlow}load: ${written}\n`)).load;
const steady = (perS: number) => ({ fromPerS: perS, toPerS: perS });

describe('the open model', () => {
  it('takes a rate for a warm-up and then as long as the load lasts', async () => {
    expect(await load('{ rate: 200/s }')).toMatchObject({
      model: {
        kind: 'open',
        phases: [
          { durationMs: 2000, ...steady(200), warmup: true },
          { ...steady(200), warmup: false },
        ],
        arrivals: 'even',
        connections: 500,
      },
      warmupMs: 2000,
    });
  });

  it('has no warm-up where none is wanted, counts per minute too, and takes its own connections', async () => {
    const spec = await load('{ rate: 90/m, warmup: 0s, arrivals: poisson, connections: 3 }');
    expect(spec.model).toEqual({
      kind: 'open',
      phases: [{ ...steady(1.5), warmup: false }],
      arrivals: 'poisson',
      connections: 3,
    });
    expect(spec.warmupMs).toBe(0);
  });

  it('takes phases with ramps and pauses, and those that warm up for the whole warm-up', async () => {
    const spec = await load(`
  phases:
    - { name: warm up, duration: 10s, rate: 50/s, warmup: true }
    - { duration: 5s, rate: 50/s, warmup: true }
    - { duration: 30s, rate: 50/s, rampTo: 400/s }
    - { name: pause, duration: 500ms, rate: 0/s }
    - { duration: 30s, rate: 400/s, rampTo: 0/s }`);
    expect(spec.model).toMatchObject({
      phases: [
        { name: 'warm up', durationMs: 10_000, ...steady(50), warmup: true },
        { durationMs: 5000, ...steady(50), warmup: true },
        { durationMs: 30_000, fromPerS: 50, toPerS: 400, warmup: false },
        { name: 'pause', durationMs: 500, ...steady(0), warmup: false },
        { durationMs: 30_000, fromPerS: 400, toPerS: 0, warmup: false },
      ],
    });
    expect(spec.warmupMs).toBe(15_000);
  });

  it.each([
    ['the rate at which the first phase begins', '{ duration: 1s, rate: 50/s, rampTo: 400/s }', 50],
    ['the mean of a ramp that begins at nothing', '{ duration: 1s, rate: 0/s, rampTo: 400/s }', 200],
    ['the rate after a pause', '{ duration: 1s, rate: 0/s }, { duration: 1s, rate: 30/s }', 30],
  ])('puts a warm-up before phases that have none, at %s', async (_, phases, perS) => {
    const { model, warmupMs } = await load(`{ warmup: 3s, phases: [${phases}] }`);
    expect(model).toMatchObject({
      phases: [{ durationMs: 3000, ...steady(perS), warmup: true }, ...[{}, {}].slice(0, phases.split('},').length)],
    });
    expect(warmupMs).toBe(3000);
  });

  it('has the same digest whether its defaults are written out or not', async () => {
    const digest = async (written: string) => (await shop.load(`${attached}${oneFlow}load: ${written}\n`)).digest;
    const written = '{ arrivals: even, connections: 500, phases: [{ duration: 1s, rate: 5/s, warmup: false }] }';
    expect(await digest(written)).toBe(await digest('{ phases: [{ duration: 1s, rate: 5/s }] }'));
    expect(await digest('{ connections: 10 }')).toBe(await digest('{}'));
    expect(await digest('{ rate: 5/s }')).not.toBe(await digest('{ rate: 6/s }'));
  });

  it.each([
    ['{ rate: 5/s, phases: [{ duration: 1s, rate: 5/s }] }', 'load.phases: stands beside rate'],
    ['{ rate: 0/s }', 'load.rate: asks for no load'],
    ['{ rate: 200 }', 'load.rate: is not a rate'],
    ['{ rate: 200/h }', 'load.rate: is not a rate'],
    ['{ rate: 2000000/s }', 'load.rate: is out of range'],
    ['{ arrivals: poisson }', 'load.arrivals: has no meaning where each connection waits for its answer'],
    ['{ phases: [] }', 'load.phases: has too few items'],
    ['{ phases: [{ rate: 5/s }] }', 'load.phases.0.duration is missing'],
    ['{ phases: [{ duration: 1s }] }', 'load.phases.0.rate is missing'],
    ['{ phases: [{ duration: 1s, rate: 0/s }] }', 'load.phases: asks for no load'],
    ['{ phases: [{ duration: 1s, rate: 5/s, warmup: true }] }', 'load.phases: only warms up'],
    [
      '{ phases: [{ duration: 1s, rate: 5/s }, { duration: 1s, rate: 5/s, warmup: true }] }',
      'load.phases.1.warmup: stands in a phase after one that is counted',
    ],
    [
      '{ warmup: 1s, phases: [{ duration: 1s, rate: 5/s, warmup: true }, { duration: 1s, rate: 5/s }] }',
      'load.warmup: stands beside a phase that warms up',
    ],
  ])('%s is refused', async (written, message) => {
    const failure = await failureOf(load(written));
    expect(failure.message).toBe(message);
    expect(failure.at?.line).toBe(3);
  });
});

describe('rounds', () => {
  it.each([
    ['{}', 6, 12],
    ['{ rounds: 3 }', 3, 3],
    ['{ rounds: { min: 2, max: 4 } }', 2, 4],
    ['{ rounds: { min: 20 } }', 20, 20],
    ['{ rounds: { max: 4 } }', 4, 4],
  ])('of %s are %d to %d', async (written, least, most) => {
    expect((await load(written)).rounds).toEqual({ least, most });
  });

  it('are refused where there would be more in any case than at most', async () => {
    const failure = await failureOf(load('{ rounds: { min: 9, max: 8 } }'));
    expect(failure).toMatchObject({ message: 'load.rounds.min: is above max, which is 8', at: { line: 3 } });
  });

  it('lie as the design says, where one is given', async () => {
    expect((await load('{ design: blocks }')).design).toBe('blocks');
    expect('design' in (await load('{}'))).toBe(false);
  });
});
