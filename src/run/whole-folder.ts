import { access, constants, mkdir, rename, rm, stat, writeFile } from 'node:fs/promises';
import { dirname, join, resolve } from 'node:path';
import { Failure, throwIfAborted } from '../model/failure.ts';
import { guardFolder } from '../target/lifeline.ts';

/** Throws `output-unwritable` where no folder could be made at `path`; makes none, so that a failed run leaves none. */
export async function requireWritable(path: string): Promise<void> {
  for (let at = resolve(path); ; at = dirname(at)) {
    const info = await stat(at).catch(() => undefined);
    if (!info) continue;
    if (!info.isDirectory()) throw new Failure('output-unwritable', { path, reason: `${at} is not a folder` });
    await access(at, constants.W_OK | constants.X_OK).catch((cause: unknown) => {
      throw unwritable(path, cause);
    });
    return;
  }
}

/**
 * Makes the folder `name` below `root` and lets `write` fill it: whole or, where that fails, not at all.
 *
 * Returns its path, which ends in `-2` and so on where the name is taken. Throws `output-unwritable`, `interrupted`,
 * and what `write` throws.
 */
export async function writeWholeFolder(
  root: string,
  name: string,
  signal: AbortSignal,
  write: (folder: string) => Promise<void>,
): Promise<string> {
  const partial = join(root, `.partial-${process.pid}-${name}`);
  const release = guardFolder(partial);
  try {
    const created = await mkdir(root, { recursive: true });
    // A folder that we made in somebody's project shall not be committed by accident.
    if (created !== undefined) await writeFile(join(created, '.gitignore'), '*\n');
    await mkdir(partial);
    await write(partial);
    throwIfAborted(signal);
    return await moveTo(partial, join(root, name));
  } catch (error) {
    throw isSystemError(error) ? unwritable(root, error) : error;
  } finally {
    await rm(partial, { recursive: true, force: true });
    release();
  }
}

async function moveTo(partial: string, place: string): Promise<string> {
  for (let copy = 1; ; copy++) {
    const folder = copy === 1 ? place : `${place}-${copy}`;
    const isTaken = await rename(partial, folder).then(
      () => false,
      (error: NodeJS.ErrnoException) => {
        if (error.code === 'ENOTEMPTY' || error.code === 'EEXIST') return true;
        throw error;
      },
    );
    if (!isTaken) return folder;
  }
}

/** The failure that tells why `path` cannot be written. */
export function unwritable(path: string, cause: unknown): Failure {
  // Without the call and its path, which is that of our half-written file.
  const reason = (cause as Error).message.replace(/, \w+ '.*'$/s, '');
  return new Failure('output-unwritable', { path, reason }, { cause });
}

function isSystemError(error: unknown): boolean {
  return error instanceof Error && 'syscall' in error;
}
