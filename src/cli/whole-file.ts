import { link, lstat, realpath, rename, rm, writeFile } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { Failure } from '../model/failure.ts';
import { unwritable } from '../run/whole-folder.ts';

/** Throws `output-exists` where something is at `path`, before work goes into what could not be written. */
export async function refuseTaken(path: string): Promise<void> {
  const taken = await lstat(path).then(
    () => true,
    () => false,
  );
  if (taken) throw new Failure('output-exists', { path });
}

/** Writes `text` to `path`, whole or not at all; throws `output-exists` unless it may `replace`, and `output-unwritable`. */
export async function writeWholeFile(
  path: string,
  text: string,
  { replace }: { readonly replace: boolean },
): Promise<void> {
  // Through a link the file itself is replaced, and the link stays.
  const place = replace ? await realpath(path).catch(() => path) : path;
  const partial = join(dirname(place), `.partial-${process.pid}-${basename(place)}`);
  try {
    if (replace && (await lstat(place).catch(() => undefined))?.isDirectory()) throw new Error('it is a folder');
    await writeFile(partial, text, { flag: 'wx' });
    // Unlike a rename, a link does not replace what somebody else has written meanwhile.
    if (replace) await rename(partial, place);
    else await link(partial, place);
  } catch (cause) {
    if ((cause as NodeJS.ErrnoException).code === 'EEXIST') throw new Failure('output-exists', { path }, { cause });
    throw unwritable(path, cause);
  } finally {
    await rm(partial, { force: true });
  }
}
