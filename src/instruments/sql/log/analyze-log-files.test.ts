import { appendFile, mkdir, mkdtemp, readFile, rename, rm, truncate, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { analyzeLogFiles, type LogSource } from './analyze-log-files.ts';
import { findLogs } from './log-paths.ts';

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'analyze-log-'));
});
afterAll(() => rm(folder, { recursive: true }));

const recorded = (name: string) => new URL(`../../../../fixtures/logs/${name}`, import.meta.url).pathname;
const analyze = (sources: readonly LogSource[], threads: number) =>
  analyzeLogFiles(sources, 'log', { examples: true, threads });

describe('a large log', () => {
  it.each(['pg18-stderr-default.log', 'pg18-stderr-verbose.log', 'pg18-csvlog.csv', 'pg18-jsonlog.log'])(
    'gives the same report whether threads read it or not: %s',
    async (name) => {
      const path = join(folder, name);
      const once = await readFile(recorded(name));
      const times = Math.ceil(14_000_000 / once.length);
      await writeFile(path, Buffer.concat(Array.from({ length: times }, () => once)));
      const sources = await findLogs([path], undefined);
      const alone = await analyze(sources, 1);
      expect(alone.totals).toMatchObject({ statements: 98 * times, errors: 4 * times, sessions: 3 });
      expect(alone.coverage).toMatchObject({ bytes: once.length * times, unrecognisedLines: 0, damagedRecords: 0 });
      expect(alone.nPlusOne.length).toBeGreaterThan(1);
      expect(await analyze(sources, 3)).toEqual(alone);
      await rm(path);
    },
  );

  it('is read in order where a record is larger than any block', async () => {
    const line = (ms: number, sql: string) =>
      `2026-01-01 00:00:00.${String(ms % 1000).padStart(3, '0')} UTC [7] LOG:  duration: 1.000 ms  statement: ${sql}\n`;
    const many = (from: number) =>
      Array.from({ length: 100_000 }, (_, index) => line(from + index, `SELECT ${index}`)).join('');
    const path = join(folder, 'huge.log');
    await writeFile(path, `${many(0)}${line(1, `SELECT '${`\n\t${'x'.repeat(1_000)}`.repeat(10_000)}'`)}${many(1)}`);
    const sources = await findLogs([path], undefined);
    const alone = await analyze(sources, 1);
    expect(alone.totals.statements).toBe(200_001);
    expect(alone.coverage.cutRecords).toBe(1);
    expect(await analyze(sources, 2)).toEqual(alone);
    await rm(path);
  });
});

describe('several logs', () => {
  const line = (at: string, sql: string) => `${at} UTC [7] LOG:  duration: 1.000 ms  statement: ${sql}\n`;

  it('are read in the order of their times, whatever order they are given in', async () => {
    await writeFile(
      join(folder, 'postgresql.log.1'),
      line('2026-01-01 00:00:00.250', 'SELECT id FROM parents') +
        line('2026-01-01 00:00:00.260', 'SELECT 1 FROM items WHERE id = 1'),
    );
    const turns = [2, 3, 4, 5, 6].map((id) =>
      line(`2026-01-01 00:00:00.26${id}`, `SELECT 1 FROM items WHERE id = ${id}`),
    );
    await writeFile(join(folder, 'postgresql.log'), turns.join(''));
    const sources = await findLogs([join(folder, 'postgresql.log'), join(folder, 'postgresql.log.1')], undefined);
    expect(sources.map(({ name }) => name)).toEqual([join(folder, 'postgresql.log.1'), join(folder, 'postgresql.log')]);
    const report = await analyze(sources, 1);
    expect(report.nPlusOne).toMatchObject([{ calls: 6 }]);
    expect(report.coverage.files).toHaveLength(2);
  });

  it('may be named by their folder or by a pattern; of records in two formats one is taken', async () => {
    const logs = join(folder, 'logs');
    await mkdir(logs);
    await writeFile(join(logs, 'a.csv'), await readFile(recorded('pg18-csvlog.csv')));
    await writeFile(join(logs, 'a.log'), await readFile(recorded('pg18-stderr-default.log')));
    await writeFile(join(logs, 'b.log'), await readFile(recorded('pg18-stderr-default.log')));
    await writeFile(join(logs, 'c.txt'), 'nothing of PostgreSQL\n');
    const names = (sources: readonly LogSource[]) => sources.map(({ name }) => name.slice(logs.length + 1));
    const whole = await findLogs([logs], undefined);
    expect(names(whole)).toEqual(['b.log', 'a.csv', 'c.txt']);
    expect(names(await findLogs([join(logs, '*.log')], undefined))).toEqual(['a.log', 'b.log']);
    const report = await analyze(whole, 1);
    expect(report.totals.statements).toBe(2 * 98);
    expect(report.warnings).toContainEqual(expect.stringContaining('passed over:'));
    await expect(findLogs([join(logs, '*.gz')], undefined)).rejects.toMatchObject({ code: 'log-unreadable' });
  });

  it('are refused together where none holds a statement', async () => {
    await writeFile(join(folder, 'empty.log'), '');
    await writeFile(join(folder, 'other.log'), 'GET /\n');
    const sources = await findLogs([join(folder, 'empty.log'), join(folder, 'other.log')], undefined);
    await expect(analyze(sources, 1)).rejects.toMatchObject({ code: 'log-empty' });
  });
});

describe('a log that is written to while it is read', () => {
  const line =
    "2026-01-01 00:00:00.250 UTC [7] LOG:  duration: 1.000 ms  statement: SELECT 'a text that fills a line'\n";
  const bytes = 3_000_000;

  async function whileReading(change: (path: string) => Promise<void>) {
    const path = join(folder, 'growing.log');
    await writeFile(path, line.repeat(Math.ceil(bytes / line.length)));
    const [source] = await findLogs([path], undefined);
    let isChanged = false;
    const changing: LogSource = {
      name: path,
      async *open(note) {
        for await (const chunk of source?.open(note) ?? []) {
          yield chunk;
          if (!isChanged) await change(path);
          isChanged = true;
        }
      },
    };
    return analyze([changing], 1);
  }

  it('is read up to the size that it had at first, and that is said', async () => {
    const report = await whileReading((path) => appendFile(path, line.repeat(1_000)));
    expect(report.totals.statements).toBe(Math.ceil(bytes / line.length));
    expect(report.warnings).toContainEqual(expect.stringContaining('is still written to'));
  });

  it('is said to have been cut off or renamed', async () => {
    const cut = await whileReading((path) => truncate(path, 1_000));
    expect(cut.warnings).toContainEqual(
      expect.stringMatching(/was cut off while it was read: \d+ of its \d+ bytes are missing/),
    );
    const renamed = await whileReading((path) => rename(path, `${path}.1`));
    expect(renamed.totals.statements).toBe(Math.ceil(bytes / line.length));
    expect(renamed.warnings).toContainEqual(expect.stringContaining('was renamed or removed'));
  });
});
