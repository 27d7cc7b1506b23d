import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, test } from 'vitest';
import { startBench } from '../started-bench.js';
import { formats } from './log-formats.js';
import { missesOf } from './report.js';
import { writeLog } from './write-log.js';

const folder = mkdtempSync(join(tmpdir(), 'bench-queries-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

describe('a written log', () => {
  test.each(Object.keys(formats))('is the same each time, and as large as it was wanted: %s', (format) => {
    const [one, other] = ['one', 'other'].map((name) => {
      const path = join(folder, name);
      const counts = writeLog(path, format, 300_000);
      return { counts, text: readFileSync(path, 'utf8') };
    });
    expect(one).toEqual(other);
    expect(Buffer.byteLength(one.text)).toBe(one.counts.bytes);
    expect(one.counts.bytes).toBeGreaterThan(290_000);
    expect(one.counts.errors).toBeGreaterThan(0);
  });
});

describe('the judgement', () => {
  const entry = {
    format: 'stderr',
    whole: {
      ...{ bytes: 1e9, cpuUs: 20e6, wallMs: 10_000, peakBytes: 400e6 },
      written: { statements: 10, errors: 1 },
      found: { statements: 9, errors: 1 },
    },
    oneThread: { bytes: 1e9, wallMs: 15_000 },
  };

  test('names each target that was missed', () => {
    const misses = missesOf({ isJudged: true, formats: [entry] });
    expect(misses).toEqual([
      'stderr: 50.0 MB per CPU second, at least 60',
      'stderr: 100.0 MB per second on two cores, at least 108',
      'stderr: 400 MB of memory, at most 300',
      'stderr: 9 statements and 1 errors found, 10 and 1 written',
    ]);
  });

  test('is not made of a small run', () => {
    expect(missesOf({ isJudged: false, formats: [entry] })).toEqual([]);
  });
});

describe('the benchmark', () => {
  test('runs in a short form, finds every statement and leaves no process behind', async () => {
    const bench = startBench(
      new URL('bench-queries.js', import.meta.url),
      '--quick',
      '--only',
      'csvlog',
      '--size',
      '4',
    );
    const { status, output } = await bench.ended;
    const [, found, written] = /\| csvlog .*\| (\d+) of (\d+) +\| 1 +\|/.exec(output) ?? [];
    expect(found).toMatch(/^\d+$/);
    expect(found).toBe(written);
    expect(status).toBe(0);
    expect(() => process.kill(-bench.pid, 0)).toThrow('ESRCH');
  });

  test('refuses what it does not know', async () => {
    const { status, output } = await startBench(new URL('bench-queries.js', import.meta.url), '--only', 'syslog').ended;
    expect(status).toBe(2);
    expect(output).toContain('--only takes stderr, csvlog, jsonlog');
  });
});
