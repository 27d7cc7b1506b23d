import { createGunzip } from 'node:zlib';
import { Decompress } from 'fzstd';
import { Failure } from '../../../model/failure.ts';
import { compressionOf } from './binary-input.ts';

/** As many bytes tell every compression. */
const magicBytes = 6;

/**
 * What `input` holds: decompressed where it begins as gzip (with any number of members) or zstd does, whatever its name.
 *
 * Throws `log-damaged` where it cannot be decompressed to its end.
 */
export async function* decompressed(input: AsyncIterable<Buffer>, path: string): AsyncGenerator<Buffer> {
  const chunks = input[Symbol.asyncIterator]();
  const first: Buffer[] = [];
  let isOver = false;
  while (!isOver && first.reduce((sum, { length }) => sum + length, 0) < magicBytes) {
    const { done, value } = await chunks.next();
    if (done) isOver = true;
    else first.push(value);
  }
  const whole = again(first, chunks);
  const compression = compressionOf(Buffer.concat(first));
  if (compression === 'gzip') yield* gunzipped(whole, path);
  else if (compression === 'zstd') yield* unzstd(whole, path);
  else yield* whole;
}

async function* again(first: readonly Buffer[], rest: AsyncIterator<Buffer>): AsyncGenerator<Buffer> {
  try {
    yield* first;
    for (let next = await rest.next(); !next.done; next = await rest.next()) yield next.value;
  } finally {
    await rest.return?.();
  }
}

async function* gunzipped(input: AsyncIterable<Buffer>, path: string): AsyncGenerator<Buffer> {
  const gunzip = createGunzip({ chunkSize: 256 * 1024 });
  let failed: unknown;
  const feeding = (async () => {
    try {
      for await (const chunk of input) {
        if (gunzip.destroyed) return;
        if (!gunzip.write(chunk)) await new Promise((resolve) => gunzip.once('drain', resolve).once('close', resolve));
      }
      gunzip.end();
    } catch (error) {
      failed = error;
      gunzip.destroy();
    }
  })();
  try {
    for await (const chunk of gunzip) yield chunk as Buffer;
  } catch (error) {
    if (failed === undefined) throw damaged(path, 'gzip', error);
  } finally {
    gunzip.destroy();
    await feeding;
  }
  if (failed !== undefined) throw failed;
}

/** What `zstd --long` asks for at the most by default; larger windows would cost more memory than a log should. */
const mostWindowBytes = 128 * 1024 * 1024;

/** The memory that a zstd frame wants. https://www.rfc-editor.org/rfc/rfc8878#section-3.1.1.1.2 */
function windowBytesOf(beginning: Buffer): number {
  const flags = beginning[4] ?? 0;
  if ((flags & 0x20) !== 0) return contentBytesOf(beginning, flags);
  const descriptor = beginning[5] ?? 0;
  const base = 2 ** (10 + (descriptor >> 3));
  return base + (base / 8) * (descriptor & 7);
}

/** A frame of a single segment wants as much memory as its content has bytes, which its head says. */
function contentBytesOf(beginning: Buffer, flags: number): number {
  const at = 5 + ([0, 1, 2, 4][flags & 3] ?? 0);
  if (beginning.length < at + 8) return 0;
  const size = flags >> 6;
  if (size === 0) return beginning[at] ?? 0;
  if (size === 1) return beginning.readUInt16LE(at) + 256;
  return size === 2 ? beginning.readUInt32LE(at) : Number(beginning.readBigUInt64LE(at));
}

async function* unzstd(input: AsyncIterable<Buffer>, path: string): AsyncGenerator<Buffer> {
  let isFirst = true;
  let ready: Buffer[] = [];
  const decompress = new Decompress((chunk) => {
    if (chunk.length > 0) ready.push(Buffer.from(chunk.buffer, chunk.byteOffset, chunk.byteLength));
  });
  const push = (chunk: Buffer, isLast: boolean) => {
    try {
      decompress.push(chunk, isLast);
    } catch (error) {
      throw damaged(path, 'zstd', error);
    }
    const taken = ready;
    ready = [];
    return taken;
  };
  for await (const chunk of input) {
    const windowBytes = isFirst ? windowBytesOf(chunk) : 0;
    isFirst = false;
    if (windowBytes > mostWindowBytes) {
      throw damaged(path, 'zstd', new Error(`it wants ${windowBytes / 1024 / 1024} MB of memory`));
    }
    yield* push(chunk, false);
  }
  yield* push(Buffer.alloc(0), true);
}

function damaged(path: string, compression: string, cause: unknown): Failure {
  const reason = cause instanceof Error ? cause.message : String(cause);
  return new Failure('log-damaged', { path, compression, reason }, { cause });
}
