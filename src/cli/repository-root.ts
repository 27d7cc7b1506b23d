import { stat } from 'node:fs/promises';
import { dirname, join, resolve } from 'node:path';

/** The folder of the repository that holds `folder`, by its `.git`; `folder` itself where it is in none. */
export async function repositoryRoot(folder: string): Promise<string> {
  for (let at = resolve(folder); ; at = dirname(at)) {
    const found = await stat(join(at, '.git')).catch(() => undefined);
    if (found) return at;
    if (dirname(at) === at) return resolve(folder);
  }
}
