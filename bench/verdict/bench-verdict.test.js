import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { processTree } from '../../dist/instruments/runtime/service-cpu.js';
import { startBench } from '../started-bench.js';

let folder;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'chokepoint-bench-test-'));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

describe('the benchmark of verdicts', () => {
  test('measures one of each case in its short form, keeps the rounds, and goes on where it was left', async () => {
    const file = join(folder, 'verdicts.jsonl');
    const one = await run('--quick', '--only', 'same', '--resume', file);
    expect(one.output).toMatch(/\| A\/A +\| 1 +\|/);
    expect(one.status).toBe(0);
    const [session, record, end] = linesOf(file);
    expect([session.kind, record.kind, end.kind]).toEqual(['session', 'verdict', 'end']);
    expect(record.rounds).toHaveLength(2);
    expect(record.rounds[0].before.count).toBeGreaterThan(0);
    expect(record.truth.after).toBeGreaterThan(0);

    // As if the machine had gone off in the middle of a line.
    writeFileSync(file, '{"kind":"verdict","ca', { flag: 'a' });
    const two = await run('--quick', '--only', 'same,+20%', '--resume', file, '--strict');
    expect(two.output).toMatch(/\| A\/A +\| 1 +\|.*\| \+20 % +\| 1 +\|/s);
    expect(two.output).toContain('+20 % caught: ');
    expect(two.output).toContain('not judged: fewer than 20 runs');
    expect(two.status).toBe(1);
    expect(linesOf(file).map((line) => line.case ?? line.kind)).toEqual([
      ...['session', 'same', 'end'],
      ...['session', '+20%', 'end'],
    ]);
  }, 120_000);

  test('does not mix what was measured with another seed', async () => {
    const file = join(folder, 'verdicts.jsonl');
    await run('--quick', '--minutes', '0', '--resume', file);
    const { status, output } = await run('--quick', '--resume', file, '--seed', '2');
    expect(output).toContain('error: the file was recorded with another seed: 1, and now it is 2');
    expect(status).toBe(2);
  });

  test('begins nothing when there is no time, and says what is missing', async () => {
    const { status, output } = await run('--quick', '--minutes', '0');
    expect(output).toContain('the time is up: 3 of 3 verdicts are not measured');
    expect(output).toMatch(/\| A\/A +\| 0 +\|/);
    expect(status).toBe(0);
  });

  test('leaves no service behind when it is interrupted', async () => {
    const bench = start('--quick', '--only', 'same');
    // It, the measurement with the shell that cleans up behind it, and two services.
    await expect.poll(() => familyOf(bench.pid), { timeout: 30_000 }).toHaveLength(5);
    const family = await familyOf(bench.pid);
    process.kill(bench.pid, 'SIGINT');
    expect((await bench.ended).status).toBe(130);
    await expect.poll(() => family.filter(isAlive), { timeout: 5000 }).toEqual([]);
  });

  test('names the cases that there are when it is asked for another', async () => {
    const { status, output } = await run('--only', '+30%');
    expect(status).toBe(2);
    expect(output).toContain('there is no case +30%: --only takes same, +10%, +20%');
  });
});

function linesOf(file) {
  return readFileSync(file, 'utf8').trim().split('\n').map(JSON.parse);
}

function start(...args) {
  return startBench(new URL('bench-verdict.js', import.meta.url), ...args);
}

function run(...args) {
  return start(...args).ended;
}

async function familyOf(pid) {
  return [...((await processTree(pid)) ?? new Map()).keys()];
}

function isAlive(pid) {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    if (error.code === 'ESRCH') return false;
    throw error;
  }
}
