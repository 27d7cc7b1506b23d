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

function scenario(load: string, gate = '{}') {
  return folder.load(`
target: { url: "http://127.0.0.1:${(server.address() as AddressInfo).port}", ready: / }
load: { connections: 1, ${load} }
flows: [{ steps: [{ get: "/item/{{ id }}" }] }]
data: [{ range: [1, 1000000], as: id, order: random }]
variants: { before: { headers: { x-variant: before } }, after: { headers: { x-variant: after } } }
gate: ${gate}
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

  it('gives each variant its whole time at a stretch in blocks, in an order that is recorded', async () => {
    const shop = await scenario('warmup: 60ms, rounds: 4, slice: 50ms, design: blocks');
    const turns: string[] = [];
    server.prependListener('request', ({ headers, url }) => {
      const variant = String(headers['x-variant']);
      if (url?.startsWith('/item/') && turns.at(-1) !== variant) turns.push(variant);
    });
    const context = { scenario: shop, rows: createUniqueRows(shop), signal: new AbortController().signal };
    const loads = await measurePass({ ...context, onProgress: nothing });
    const { starters = [], design, rounds = [] } = loads.after ?? {};
    expect(design).toBe('blocks');
    const expected = starters.flatMap((first) => [first, first === 'before' ? 'after' : 'before']);
    expect(turns).toEqual(expected.filter((variant, index) => variant !== expected[index - 1]));
    expect(new Set(starters)).toEqual(new Set(['before', 'after']));
    for (const { durationMs } of rounds) expect(durationMs).toBeGreaterThanOrEqual(8 * 49);
  });

  it('ends as soon as it is precise enough, and with the last round where it never is', async () => {
    const measured = async (load: string, gate: string) => {
      const shop = await scenario(`warmup: 20ms, slice: 50ms, rounds: ${load}`, gate);
      const context = { scenario: shop, rows: createUniqueRows(shop), signal: new AbortController().signal };
      const { before, after } = await measurePass({ ...context, onProgress: nothing });
      expect(after?.rounds.length).toBe(before?.rounds.length);
      expect(after?.starters).toHaveLength(before?.rounds.length ?? 0);
      return before?.rounds.length;
    };
    // Five are the fewest that can prove a change of one endpoint.
    expect(await measured('{ min: 2, max: 7 }', '{ margin: 900% }')).toBe(5);
    expect(await measured('{ min: 2, max: 3 }', '{ margin: 0%, floor: 0ms }')).toBe(3);
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
