import { readdirSync } from 'node:fs';
import { resolve } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { createSandbox, type Sandbox } from '../testing/command-line.ts';

let sandbox: Sandbox;
beforeAll(async () => {
  sandbox = await createSandbox();
});
afterAll(() => sandbox.remove());

const scenarios = readdirSync('fixtures/invalid').filter((name) => name.endsWith('.yaml'));

// What each message says is tested beside the loader.
describe.concurrent('a scenario that is wrong', () => {
  test.each(scenarios)('%s is refused with its place and with what to do, before anything is started', async (name) => {
    const path = resolve('fixtures/invalid', name);
    const { code, stdout, stderr } = await sandbox.run(['run', path]);
    expect({ code, stdout }).toEqual({ code: 2, stdout: '' });
    const [first = '', hint = '', ...rest] = stderr.split('\n');
    expect(first.startsWith(`${path}:`)).toBe(true);
    expect(first.slice(path.length)).toMatch(/^:\d+:\d+: error: .+ \[[a-z-]+\]$/);
    expect(hint).toMatch(/^ {2}\S/);
    expect(rest).toEqual(['']);
  });

  test('below the working folder is named by the path from there', async () => {
    const { stderr } = await sandbox.run(['check', 'shop.yaml'], { files: { 'shop.yaml': 'target: [\n' } });
    expect(stderr).toMatch(/^shop\.yaml:2:1: error: this is not YAML/);
  });

  test('is refused by check and profile alike', async () => {
    const path = resolve('fixtures/invalid/unknown-key.yaml');
    const results = await Promise.all(['run', 'check', 'profile'].map((command) => sandbox.run([command, path])));
    expect(new Set(results.map(({ code, stderr }) => `${code} ${stderr}`)).size).toBe(1);
  });
});

test('nothing is left of any of them', async () => {
  expect(await sandbox.leftovers()).toEqual([]);
  expect(readdirSync(sandbox.folder)).toEqual(['shop.yaml']);
});
