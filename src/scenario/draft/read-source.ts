import { readFileSync, statSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { dirname, relative, resolve } from 'node:path';
import { Failure } from '../../model/failure.ts';
import { decodeText, fileErrorReason, regularFile } from '../source-text.ts';
import type { DraftInput } from './draft.ts';

const maxSourceBytes = 64 * 1024 * 1024;

/** The text at `path`; throws `draft-unreadable` for what is no text file of a size that can be worked with. */
export async function readSource(path: string): Promise<string> {
  const unreadable = (reason: string, cause?: unknown) => new Failure('draft-unreadable', { path, reason }, { cause });
  try {
    const { size } = await regularFile(path);
    if (size > maxSourceBytes) {
      throw unreadable(
        `it has ${Math.ceil(size / 1024 / 1024)} MB, and at most ${maxSourceBytes / 1024 / 1024} are read`,
      );
    }
    const text = decodeText(await readFile(path));
    if (text === undefined) throw unreadable('it is binary, or not in UTF-8');
    if (text.trim() === '') throw unreadable('it is empty');
    return text;
  } catch (error) {
    throw error instanceof Failure ? error : unreadable(fileErrorReason(error), error);
  }
}

/** A reader for the files that `source` names, their paths as seen from the folder of the draft. */
export function besideReader(source: string, draftFolder: string): DraftInput['readBeside'] {
  return (path) => {
    const file = resolve(dirname(source), path);
    try {
      const stats = statSync(file);
      if (!stats.isFile() || stats.size > maxSourceBytes) return undefined;
      const text = decodeText(readFileSync(file));
      return text === undefined ? undefined : { text, path: relative(draftFolder, file).replaceAll('\\', '/') };
    } catch {
      // The draft says that the file cannot be read; it does not matter why.
      return undefined;
    }
  };
}
