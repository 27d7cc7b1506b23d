import { resolve } from 'node:path';
import { expect, test } from 'vitest';
import { traceService } from '../testing/traced-service.ts';

test('a request that is sent alone after the load shows whether the pool has lost its connections', async () => {
  const services = resolve('fixtures/services');
  const afterLoadOn = async (server: string, path: string) =>
    (await traceService(`${services}/${server}`, `${services}/repeats.sql`, [path])).queries.pool?.afterwards;

  const lone = { open: 2, held: 0 };
  expect(await afterLoadOn('leaky.js', '/now')).toMatchObject([
    {
      ...lone,
      endpoint: 'GET /now',
      status: 500,
      statements: 0,
      durationMs: expect.toSatisfy((ms: number) => ms > 600),
    },
  ]);
  expect(await afterLoadOn('repeats.js', '/loop')).toMatchObject([
    { endpoint: 'GET /loop', status: 200, statements: 11, held: 0 },
  ]);
});
