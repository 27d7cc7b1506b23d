import { access, constants, cp, mkdir, readFile, stat, symlink } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { dirname, extname, join, relative } from 'node:path';
import { Failure } from '../model/failure.ts';

interface SymlinkEntry {
  readonly source: string;
  readonly target: string;
}

const platformNames: Readonly<Record<string, string>> = { win32: 'windows', darwin: 'darwin', linux: 'linux' };

/** The account that the server runs as; PostgreSQL refuses to run as root. */
export interface ServerAccount {
  readonly uid: number;
  readonly gid: number;
}

/**
 * An unprivileged account of this machine, or `undefined` where we are unprivileged ourselves.
 *
 * No account is made: `nobody` is on every Unix. initdb wants one that /etc/passwd knows.
 */
export async function serverAccount(): Promise<ServerAccount | undefined> {
  if (process.getuid?.() !== 0) return undefined;
  const entries = (await readFile('/etc/passwd', 'utf8')).split('\n').map((line) => line.split(':'));
  const account =
    entries.find(([name]) => name === 'nobody') ?? entries.find(([name, , uid]) => name && Number(uid) >= 1000);
  if (!account) {
    throw new Failure('embedded-postgres-failed', { step: 'no unprivileged account in /etc/passwd', output: '' });
  }
  return { uid: Number(account[2]), gid: Number(account[3]) };
}

/** Folder of PostgreSQL's `bin`, `lib` and `share` inside the npm package for this platform. */
function installedFolder(): string {
  const platform = `${platformNames[process.platform] ?? process.platform}-${process.arch}`;
  try {
    const embedded = createRequire(import.meta.url).resolve('embedded-postgres');
    const entry = createRequire(embedded).resolve(`@embedded-postgres/${platform}`);
    return join(dirname(entry), '..', 'native');
  } catch (cause) {
    throw new Failure('embedded-postgres-missing', { platform }, { cause });
  }
}

/**
 * The binaries, ready to be run by `account`; returns the folder that holds `bin/`.
 *
 * They are used in place where that works. They are copied below `scratchFolder` (0.1 s) where the account cannot
 * reach them, as in a checkout below root's home, or where the package's install script was not allowed to make
 * the libraries' symbolic links, which are then made in the copy.
 */
export async function preparePostgresBinaries(
  scratchFolder: string,
  account: ServerAccount | undefined,
): Promise<string> {
  const installed = installedFolder();
  const links = await symlinks(installed);
  if ((await isReachable(join(installed, 'bin', 'postgres'), account)) && (await allExist(installed, links)))
    return installed;

  const copy = join(scratchFolder, 'native');
  await cp(installed, copy, {
    recursive: true,
    verbatimSymlinks: true,
    mode: constants.COPYFILE_FICLONE,
    filter: (source) => extname(source) !== '.a',
  });
  for (const { source, target } of links) {
    const place = join(copy, relative('native', target));
    await mkdir(dirname(place), { recursive: true });
    await symlink(relative(dirname(target), source), place).catch((error: NodeJS.ErrnoException) => {
      if (error.code !== 'EEXIST') throw error;
    });
  }
  return copy;
}

async function symlinks(folder: string): Promise<readonly SymlinkEntry[]> {
  const text = await readFile(join(folder, 'pg-symlinks.json'), 'utf8').catch(() => '[]');
  return JSON.parse(text) as readonly SymlinkEntry[];
}

async function allExist(folder: string, links: readonly SymlinkEntry[]): Promise<boolean> {
  const present = await Promise.all(
    links.map(({ target }) =>
      access(join(folder, relative('native', target))).then(
        () => true,
        () => false,
      ),
    ),
  );
  return present.every(Boolean);
}

/** Whether `account` may enter every folder on the way to `path`, and `path` itself; our own account always may. */
export async function isReachable(path: string, account: ServerAccount | undefined): Promise<boolean> {
  if (!account) return true;
  for (let at = path; ; at = dirname(at)) {
    const { mode, uid, gid } = await stat(at);
    const bit = uid === account.uid ? 0o100 : gid === account.gid ? 0o010 : 0o001;
    if ((mode & bit) === 0) return false;
    if (at === dirname(at)) return true;
  }
}
