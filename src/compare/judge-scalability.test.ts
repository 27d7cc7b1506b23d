import { expect, it } from 'vitest';
import { capacityStep } from '../testing/sample-capacity.ts';
import { judgeScalability } from './judge-scalability.ts';

const users = [1, 2, 4, 8, 16, 32];
const law = (n: number) => (100 * n) / (1 + 0.05 * (n - 1) + 0.001 * n * (n - 1));
const steps = users.map((connections) => capacityStep({ connections, goodputPerS: law(connections) }));

it('fits the law to the steps, and tells whether its highest point was measured', () => {
  expect(judgeScalability(steps)).toMatchObject({
    status: 'fitted',
    points: 6,
    contention: expect.closeTo(0.05, 3),
    coherency: expect.closeTo(0.001, 4),
    peak: { connections: expect.closeTo(30.8, 0), measured: true },
  });
  expect(judgeScalability(steps.slice(0, 5))).toMatchObject({ peak: { measured: false } });
});

it('leaves out steps that fail too often or that the generator could not measure', () => {
  const generator = { utilization: 0.9, threads: 1, lagP95Ms: 0, lagP99Ms: 0 };
  const bad = [
    capacityStep({ connections: 64, goodputPerS: 1, answered: 100, failed: 50 }),
    capacityStep({ connections: 128, goodputPerS: 1, generator }),
  ];
  expect(judgeScalability([...steps, ...bad])).toMatchObject({ points: 6 });
});

it('calls a fit poor that explains too little', () => {
  const zigzag = users.map((connections, index) => capacityStep({ connections, goodputPerS: index % 2 ? 10 : 100 }));
  expect(judgeScalability(zigzag).status).toBe('poor');
});

it('says that there are too few points', () => {
  expect(judgeScalability(steps.slice(0, 4))).toEqual({
    status: 'missing',
    reason: '4 usable steps, and at least 5 are needed',
  });
});
