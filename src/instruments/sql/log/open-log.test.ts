import { spawnSync } from 'node:child_process';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { openLog, readQueryLogs } from './open-log.ts';

const recorded = new URL('../../../../fixtures/logs/', import.meta.url).pathname;
let folder: string;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'open-log-'));
});
afterAll(() => rm(folder, { recursive: true }));

async function first(path: string): Promise<unknown> {
  return (await openLog(path).next()).value;
}

describe('openLog', () => {
  it('says why a file cannot be read', async () => {
    await expect(first(join(folder, 'none.log'))).rejects.toMatchObject({
      code: 'log-unreadable',
      message: expect.stringContaining('there is no such file'),
    });
    await expect(first(folder)).rejects.toMatchObject({
      code: 'log-unreadable',
      message: expect.stringContaining('it is a folder'),
    });
  });

  it('gives nothing for an empty file, which the reader refuses', async () => {
    const path = join(folder, 'empty.log');
    await writeFile(path, '');
    expect(await first(path)).toBeUndefined();
    await expect(readQueryLogs([path])[Symbol.asyncIterator]().next()).rejects.toMatchObject({ code: 'log-empty' });
  });
});

describe('readQueryLogs', () => {
  it('reads several files as one log and sums up what was read', async () => {
    const log = readQueryLogs([join(recorded, 'pg18-csvlog.csv'), join(recorded, 'pg18-jsonlog.log')]);
    let statements = 0;
    for await (const _ of log) statements++;
    expect(statements).toBe(196);
    expect(log.coverage()).toEqual({
      formats: ['csvlog', 'jsonlog'],
      bytes: 61168 + 104282,
      lines: 500,
      ...{ unrecognisedLines: 0, damagedRecords: 0, cutRecords: 0 },
    });
  });
});

it('has recordings that name no machine', () => {
  const found = spawnSync('grep', ['-rlE', '/(work|home|root|tmp)/', recorded], { encoding: 'utf8' });
  expect(found.stdout).toBe('');
});
