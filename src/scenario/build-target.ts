import { stat } from 'node:fs/promises';
import { resolve } from 'node:path';
import type { DatabaseSpec, TargetSpec } from '../model/scenario.ts';
import { buildTls } from './build-tls.ts';
import { invalidValue, textsAt } from './invalid-value.ts';
import { parseDuration } from './quantities.ts';
import type { ScenarioDocument } from './schema.ts';
import { fileErrorReason, regularFile } from './source-text.ts';
import type { SourceNode } from './source-tree.ts';
import { splitCommand } from './split-command.ts';

/** Checks what the schema cannot: the command's quotes, the folder, the parts of the url, the certificates. */
export async function buildTarget(
  document: ScenarioDocument,
  root: SourceNode,
  folder: string,
  allowHosts: readonly string[],
): Promise<TargetSpec> {
  const { target } = document;
  const command = buildCommand(target.command, root);
  if (!command) requireNoEffect(root, ['target', 'env']);
  const cwd = resolve(folder, target.cwd ?? '.');
  const isFolder = await stat(cwd).then(
    (stats) => stats.isDirectory(),
    () => false,
  );
  if (!isFolder) {
    throw invalidValue(root, ['target', 'cwd'], 'is not a folder', 'give a folder, relative to the scenario file');
  }
  const url = buildUrl(target.url, command !== undefined, root);
  const socketPath = buildSocketPath(target.socket, command !== undefined, root, folder);
  const tls = await buildTls(document, root, folder);
  return {
    ...(command && { command }),
    cwd,
    url,
    ...(socketPath === undefined ? {} : { socketPath }),
    ...(tls && { tls }),
    ready: target.ready,
    readyTimeoutMs: parseDuration(target.readyTimeout) ?? 0,
    runtime: target.runtime,
    env: textsAt(root, ['target', 'env']),
    allowHosts: [...target.allowHosts, ...allowHosts],
  };
}

function buildCommand(
  command: string | readonly string[] | undefined,
  root: SourceNode,
): readonly string[] | undefined {
  if (typeof command !== 'string') return command;
  const words = splitCommand(command);
  if ('error' in words) {
    throw invalidValue(root, ['target', 'command'], words.error, 'close it, or write the command as a list of words');
  }
  if (!words[0]) throw invalidValue(root, ['target', 'command'], 'is empty', 'leave it out to attach to target.url');
  return words;
}

/** Refuses what is meant for a process that chokepoint starts, where it starts none. */
export function requireNoEffect(root: SourceNode, path: readonly string[]): void {
  if (Object.keys(textsAt(root, path)).length === 0) return;
  throw invalidValue(
    root,
    path,
    'has no effect on a service that is already running',
    'give target.command so that chokepoint starts the service, or leave this out',
  );
}

function buildUrl(url: string, launched: boolean, root: SourceNode): string {
  const wrong = (reason: string, hint: string) => invalidValue(root, ['target', 'url'], reason, hint);
  const sample = url.replaceAll('${PORT}', '1');
  const example = launched ? 'http://127.0.0.1:${PORT}' : 'http://127.0.0.1:3000';
  if (!URL.canParse(sample)) throw wrong('is not a url', `write it as ${example}`);
  const { protocol, username, password, pathname, search, hash } = new URL(sample);
  if (protocol !== 'http:' && protocol !== 'https:') throw wrong('is not an http url', `write it as ${example}`);
  if (username !== '' || password !== '') {
    throw wrong('holds a user or a password', 'write them under target.auth');
  }
  if (pathname !== '/' || search !== '' || hash !== '') {
    throw wrong('holds more than scheme, host and port', 'write the path in each step');
  }
  requirePort(url, launched, root, 'url');
  return url.replace(/\/$/, '');
}

function requirePort(written: string, launched: boolean, root: SourceNode, key: 'url' | 'socket'): void {
  if (launched || !written.includes('${PORT}')) return;
  const reason = '${PORT} is the port of a process, and none is started';
  throw invalidValue(root, ['target', key], reason, 'give target.command, or the port itself');
}

/** What fits into `sun_path` of every system, its NUL not counted: 108 bytes on Linux, 104 elsewhere. */
const maxSocketBytes = 103;

function buildSocketPath(
  socket: string | undefined,
  launched: boolean,
  root: SourceNode,
  folder: string,
): string | undefined {
  if (socket === undefined) return undefined;
  requirePort(socket, launched, root, 'socket');
  const path = resolve(folder, socket);
  const bytes = Buffer.byteLength(path.replaceAll('${PORT}', '65535'));
  if (bytes > maxSocketBytes) {
    const reason = `makes a path of ${bytes} bytes, and a socket's may have ${maxSocketBytes}`;
    throw invalidValue(root, ['target', 'socket'], reason, 'use a shorter one, such as /tmp/app-${PORT}.sock');
  }
  return path;
}

/** Checks that exactly one database is named, and that its files exist; `undefined` where the scenario names none. */
export async function buildDatabase(
  { database, target }: ScenarioDocument,
  root: SourceNode,
  folder: string,
): Promise<DatabaseSpec | undefined> {
  if (!database) return undefined;
  const { embedded, url, env, scratch } = database;
  if (embedded && url !== undefined) {
    throw invalidValue(root, ['database', 'url'], 'stands beside embedded', 'keep one of the two');
  }
  if (url !== undefined) return { source: { kind: 'url', url: checkedUrl(url, root) }, env, scratch };
  if (!embedded) {
    throw invalidValue(root, ['database'], 'names no database', 'add embedded: { setup: [schema.sql] }, or url:');
  }
  if (target.command === undefined) {
    const reason = 'cannot be used by a service that is already running';
    throw invalidValue(root, ['database', 'embedded'], reason, 'give target.command, or database.url');
  }
  const setup = embedded.setup.map((file) => resolve(folder, file));
  for (const [index, file] of setup.entries()) {
    try {
      await regularFile(file);
    } catch (error) {
      const reason = `${embedded.setup[index]} cannot be read: ${fileErrorReason(error)}`;
      throw invalidValue(
        root,
        ['database', 'embedded', 'setup', index],
        reason,
        'paths are relative to the scenario file',
      );
    }
  }
  return { source: { kind: 'embedded', setup }, env, scratch: true };
}

function checkedUrl(url: string, root: SourceNode): string {
  // The url itself stays out of the message: it may hold a password.
  if (/^postgres(ql)?:\/\//.test(url) && URL.canParse(url)) return url;
  const hint = 'write it as postgresql://user:password@host:5432/name; percent-encode special characters in it';
  throw invalidValue(root, ['database', 'url'], 'is not the url of a PostgreSQL database', hint);
}
