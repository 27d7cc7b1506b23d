import { once } from 'node:events';
import http from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { createScenarioFolder, failureOf, type ScenarioFolder } from '../testing/scenario-folder.ts';
import { measurePass } from './measure-pass.ts';
import { createUniqueRows } from './run-rows.ts';

let folder: ScenarioFolder;
let server: http.Server;
/** The paths that each variant was asked for, in order. */
let asked: Record<string, string[]>;

beforeEach(async () => {
  folder = await createScenarioFolder();
  asked = {};
  server = http.createServer(({ headers, url = '' }, response) => {
    const variant = String(headers['x-variant']);
    const paths = asked[variant] ?? [];
    if (url.startsWith('/item/')) asked[variant] = [...paths, url];
    setTimeout(() => response.end('ok'), variant === 'after' ? 4 : 1);
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
});

afterEach(async () => {
  server.closeAllConnections();
  server.close();
  await folder.remove();
});

function scenario(load: string) {
  return folder.load(`
target: { url: "http://127.0.0.1:${(server.address() as AddressInfo).port}", ready: / }
load: { connections: 1, ${load} }
flows: [{ steps: [{ get: "/item/{{ id }}" }] }]
data: [{ range: [1, 1000000], as: id, order: random }]
variants: { before: { headers: { x-variant: before } }, after: { headers: { x-variant: after } } }
`);
}

const nothing = () => undefined;

describe('the measure pass', () => {
  it('asks both variants the same in the same order, and counts nothing of the warm-up', async () => {
    const shop = await scenario('warmup: 60ms, rounds: 1, slice: 50ms');
    const loads = await measurePass({
      scenario: shop,
      rows: createUniqueRows(shop),
      signal: new AbortController().signal,
      onProgress: nothing,
    });
    const { before = [], after = [] } = asked;
    expect(after.length).toBeGreaterThan(20);
    expect(before.length).toBeGreaterThan(after.length);
    expect(before.slice(0, after.length)).toEqual(after);
    for (const [name, paths] of Object.entries(asked)) {
      const [round] = loads[name]?.rounds ?? [];
      const answered = Object.values(round?.endpoints ?? {}).reduce((sum, cell) => sum + cell.answered, 0);
      expect(round?.durationMs).toBeGreaterThanOrEqual(8 * 49);
      expect(answered).toBeLessThan(paths.length);
      expect(answered).toBeGreaterThan(paths.length / 2);
    }
  });

  it('ends in the midst of a slice where the data runs out', async () => {
    const shop = await folder.load(`
target: { url: "http://127.0.0.1:${(server.address() as AddressInfo).port}", ready: / }
load: { connections: 1, warmup: 0s, rounds: 1, slice: 10m }
flows: [{ steps: [{ get: "/item/{{ id }}" }] }]
data: [{ range: [1, 20], as: id, order: unique }]
`);
    const context = { scenario: shop, rows: createUniqueRows(shop), signal: new AbortController().signal };
    const failure = await failureOf(measurePass({ ...context, onProgress: nothing }));
    expect(failure.code).toBe('data-exhausted');
    expect(asked.undefined).toHaveLength(20);
  });

  it('leaves no timer behind when it is interrupted within a slice', async () => {
    const controller = new AbortController();
    const timers = () => process.getActiveResourcesInfo().filter((name) => name === 'Timeout').length;
    const shop = await scenario('warmup: 0s, rounds: 1, slice: 10m');
    const measuring = measurePass({
      scenario: shop,
      rows: createUniqueRows(shop),
      signal: controller.signal,
      onProgress: nothing,
    });
    const timersBefore = timers();
    setTimeout(() => controller.abort(), 300);
    expect(await failureOf(measuring)).toMatchObject({ code: 'interrupted' });
    expect(timers()).toBeLessThanOrEqual(timersBefore);
  });
});
