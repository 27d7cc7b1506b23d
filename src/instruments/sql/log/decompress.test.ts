import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { openLog } from './open-log.ts';

const recorded = (name: string) => new URL(`../../../../fixtures/logs/${name}`, import.meta.url).pathname;

let folder: string;
let plain: Buffer;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'decompress-'));
  plain = await readFile(recorded('pg18-stderr-default.log'));
});
afterAll(() => rm(folder, { recursive: true }));

async function readAll(path: string): Promise<Buffer> {
  const chunks: Buffer[] = [];
  for await (const chunk of openLog(path)) chunks.push(Buffer.from(chunk));
  return Buffer.concat(chunks);
}

async function write(name: string, bytes: Uint8Array): Promise<string> {
  const path = join(folder, name);
  await writeFile(path, bytes);
  return path;
}

describe('a compressed log', () => {
  it('is known by its beginning and not by its name', async () => {
    expect(await readAll(await write('no-gz.log', gzipSync(plain)))).toEqual(plain);
    expect(await readAll(await write('not.gz', plain))).toEqual(plain);
    expect(await readAll(recorded('pg18-stderr-default.log.zst'))).toEqual(plain);
  });

  it('may consist of several members or frames', async () => {
    const half = Math.floor(plain.length / 2);
    const members = Buffer.concat([gzipSync(plain.subarray(0, half)), gzipSync(plain.subarray(half))]);
    expect(await readAll(await write('members.gz', members))).toEqual(plain);
    const frame = await readFile(recorded('pg18-stderr-default.log.zst'));
    expect(await readAll(await write('frames.zst', Buffer.concat([frame, frame])))).toEqual(
      Buffer.concat([plain, plain]),
    );
  });

  it.each(['gzip', 'zstd'])('is refused where its %s is cut off or damaged', async (compression) => {
    const whole = compression === 'gzip' ? gzipSync(plain) : await readFile(recorded('pg18-stderr-default.log.zst'));
    const cut = await write(`cut.${compression}`, whole.subarray(0, whole.length - 500));
    await expect(readAll(cut)).rejects.toMatchObject({
      code: 'log-damaged',
      message: expect.stringContaining(`its ${compression} cannot be decompressed to the end`),
    });
    const damaged = Buffer.from(whole);
    damaged.fill(0xa5, 12, 200);
    // A checksum at the end of zstd is not looked at; what is no zstd any more is noticed.
    await expect(readAll(await write(`damaged.${compression}`, damaged))).rejects.toMatchObject({
      code: 'log-damaged',
    });
  });

  it('is refused where its zstd wants more memory than a log should cost', async () => {
    const frame = Buffer.concat([Buffer.from([0x28, 0xb5, 0x2f, 0xfd, 0x00, 0xa0]), Buffer.alloc(100)]);
    await expect(readAll(await write('window.zst', frame))).rejects.toMatchObject({
      code: 'log-damaged',
      message: expect.stringContaining('1024 MB of memory'),
    });
  });
});
