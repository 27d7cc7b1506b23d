import { stat } from 'node:fs/promises';
import { resolve } from 'node:path';
import type { DatabaseSpec, TargetSpec } from '../model/scenario.ts';
import { buildCommand } from './build-command.ts';
import { buildTls } from './build-tls.ts';
import { buildUrl, requirePort } from './build-url.ts';
import { invalidValue, textsAt } from './invalid-value.ts';
import { launchingOf } from './launching.ts';
import { parseDuration } from './quantities.ts';
import type { ScenarioDocument } from './schema.ts';
import { fileErrorReason, regularFile } from './source-text.ts';
import type { SourceNode } from './source-tree.ts';

/** Checks what the schema cannot: the command's quotes, the folder, the parts of the url, the certificates. */
export async function buildTarget(
  document: ScenarioDocument,
  root: SourceNode,
  folder: string,
  allowHosts: readonly string[],
): Promise<TargetSpec> {
  const { target } = document;
  const command = buildCommand(target.command, root, ['target', 'command']);
  const launching = launchingOf(document);
  if (!launching.any) requireNoEffect(root, ['target', 'env']);
  const cwd = resolve(folder, target.cwd ?? '.');
  const isFolder = await stat(cwd).then(
    (stats) => stats.isDirectory(),
    () => false,
  );
  if (!isFolder) {
    throw invalidValue(root, ['target', 'cwd'], 'is not a folder', 'give a folder, relative to the scenario file');
  }
  const url = buildUrl(target.url, launching.all, root, ['target', 'url']);
  const socketPath = buildSocketPath(target.socket, launching.all, root, folder);
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

/** What fits into `sun_path` of every system, its NUL not counted: 108 bytes on Linux, 104 elsewhere. */
const maxSocketBytes = 103;

function buildSocketPath(
  socket: string | undefined,
  launched: boolean,
  root: SourceNode,
  folder: string,
): string | undefined {
  if (socket === undefined) return undefined;
  requirePort(socket, launched, root, ['target', 'socket']);
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
  document: ScenarioDocument,
  root: SourceNode,
  folder: string,
): Promise<DatabaseSpec | undefined> {
  const { database } = document;
  if (!database) return undefined;
  const { embedded, url, env, scratch, isolate, capture } = database;
  const trial = database.trial === 'transaction' ? ({ trial: 'transaction' } as const) : {};
  const common = { env, isolate, ...trial, ...(capture && { capture }) };
  if (embedded && url !== undefined) {
    throw invalidValue(root, ['database', 'url'], 'stands beside embedded', 'keep one of the two');
  }
  if (isolate) requireCopies(document, root);
  if (capture && launchingOf(document).all) {
    const hint = 'leave it out: a tap hears what such a service says to its database';
    throw invalidValue(root, ['database', 'capture'], 'has no effect on a service that chokepoint starts', hint);
  }
  if (url !== undefined) return { source: { kind: 'url', url: checkedUrl(url, root) }, scratch, ...common };
  if (!embedded) {
    throw invalidValue(root, ['database'], 'names no database', 'add embedded: { setup: [schema.sql] }, or url:');
  }
  if (!launchingOf(document).any) {
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
  return { source: { kind: 'embedded', setup }, scratch: true, ...common };
}

/** A copy for each variant may have to be allowed, and only a process that we start can be told of it. */
function requireCopies(document: ScenarioDocument, root: SourceNode): void {
  const { database, variants } = document;
  const wrong = (reason: string, hint: string) => invalidValue(root, ['database', 'isolate'], reason, hint);
  if (database?.url !== undefined && !database.scratch) {
    const hint = 'add scratch: true if copies of this database may be made on its server';
    throw wrong('makes copies of the database, which scratch does not allow', hint);
  }
  const isAttached = Object.values(variants).some((variant) => variant?.url !== undefined);
  if (isAttached || !launchingOf(document).all) {
    const hint = 'let chokepoint start every variant, or leave it out';
    throw wrong('cannot give a service that is already running another database', hint);
  }
}

function checkedUrl(url: string, root: SourceNode): string {
  // The url itself stays out of the message: it may hold a password.
  if (/^postgres(ql)?:\/\//.test(url) && URL.canParse(url)) return url;
  const hint = 'write it as postgresql://user:password@host:5432/name; percent-encode special characters in it';
  throw invalidValue(root, ['database', 'url'], 'is not the url of a PostgreSQL database', hint);
}
