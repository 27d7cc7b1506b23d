import { readdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { Calibration } from '../model/calibration.ts';
import { createSandbox, type Sandbox } from '../testing/command-line.ts';

/** Answers after a busy wait of a millisecond, so that there is something to measure. */
const server = `require('node:http').createServer((_, response) => {
  const until = performance.now() + 1;
  while (performance.now() < until);
  response.end('ok');
}).listen(process.env.PORT, '127.0.0.1');
`;
const scenario = `name: two words
target: { command: node server.cjs, url: "http://127.0.0.1:\${PORT}" }
load: { connections: 1, warmup: 50ms, rounds: 2, slice: 60ms }
flows: [{ steps: [{ get: /a }] }]
gate: { metric: p50, floor: 0ms, margin: 0.1% }
variants: { before: , after: }
`;
const files = { 'x.yaml': scenario, 'server.cjs': server };

let sandbox: Sandbox;
beforeAll(async () => {
  sandbox = await createSandbox();
});
afterAll(async () => {
  expect(await sandbox.leftovers()).toEqual([]);
  await sandbox.remove();
});

const folder = () => join(sandbox.folder, '.chokepoint', 'calibration');
const kept = async () => (await readdir(folder()).catch(() => [])).filter((name) => name !== '.gitignore');

describe('calibrate', () => {
  test.each<[string, readonly string[], string]>([
    ['a variant that does not exist', ['--variant', 'befor'], 'did you mean "before"?'],
    ['one round', ['--rounds', '1'], 'a whole number from 2 to 50'],
  ])('refuses %s with code 2, and keeps nothing', async (_name, args, message) => {
    const { code, stdout, stderr } = await sandbox.run(['calibrate', 'x.yaml', ...args], { files });
    expect({ code, stdout }).toEqual({ code: 2, stdout: '' });
    expect(stderr).toContain(message);
    expect(await kept()).toEqual([]);
  });

  test('measures the first variant against itself, keeps what came out, and check tells of it', async () => {
    const { code, stdout, stderr } = await sandbox.run(['calibrate', 'x.yaml', '--json', '--quiet'], { files });
    const calibration = JSON.parse(stdout) as Calibration;
    const { trusted, warnings } = calibration.validity;
    expect({ code, stderr }, JSON.stringify(warnings)).toEqual({ code: trusted ? 0 : 3, stderr: '' });
    expect(calibration).toMatchObject({ schemaVersion: 1, variant: 'before', rounds: 2, metric: 'p50', margin: 0.001 });
    expect(calibration.spreads[0]).toMatchObject({ endpoint: 'GET /a', name: 'p50', gates: true });
    expect(calibration.margins.map(({ rounds }) => rounds)).toEqual([6, 8, 12]);

    const names = await kept();
    expect(names).toEqual(trusted ? [expect.stringMatching(/^two-words-[0-9a-f]{12}\.json$/)] : []);
    const [name] = names;
    if (name === undefined) return;
    const file = join(folder(), name);
    expect(JSON.parse(await readFile(file, 'utf8'))).toEqual(calibration);

    // The margin of 0.1 % is finer than two latencies can be told apart at all.
    const lineOf = async () => (await sandbox.run(['check', 'x.yaml', '--json'])).stdout;
    expect(await lineOf()).toMatch(/2 rounds resolve changes of p50 from .* on, and the margin is 0.1 %/);
    await writeFile(join(sandbox.folder, 'x.yaml'), scenario.replace('60ms', '70ms'));
    expect(await lineOf()).toContain('the scenario was changed since');
    await writeFile(file, '{}');
    expect(await lineOf()).toContain('cannot be read');
  });
});
