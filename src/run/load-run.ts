import { readFile, stat } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { type Gathered, type GatheredArtifact, passArtifactKeys } from '../model/artifacts.ts';
import { Failure } from '../model/failure.ts';
import { type LoadedRun, type Run, schemaVersion } from '../model/run.ts';
import { artifactShapes } from './artifact-shapes.ts';
import { runShape } from './run-shape.ts';
import { type Shape, ShapeError } from './shape.ts';

/**
 * Reads a saved run: the folder, or its `run.json` alone (its artifacts are then read where they lie beside it).
 *
 * An artifact whose file is gone is missing, with that reason. Throws `run-not-found`, `run-newer`, or `run-damaged`
 * with what is wrong.
 */
export async function loadRun(path: string): Promise<LoadedRun> {
  const info = await stat(path).catch((cause: unknown) => {
    throw new Failure('run-not-found', { path }, { cause });
  });
  const file = info.isDirectory() ? join(path, 'run.json') : path;
  const text = await readFile(file, 'utf8').catch((cause: NodeJS.ErrnoException) => {
    const reason = cause.code === 'ENOENT' ? 'it has no run.json' : cause.message;
    throw new Failure('run-damaged', { path, reason }, { cause });
  });
  const run = checkedRun(parse(text, file), file);
  const folder = dirname(file);
  const gathered = await Promise.all(
    Object.entries(run.variants).map(async ([name, variant]) => [name, await readArtifacts(folder, variant.artifacts)]),
  );
  return { run, gathered: Object.fromEntries(gathered) as LoadedRun['gathered'] };
}

function parse(text: string, path: string): unknown {
  try {
    return JSON.parse(text);
  } catch (cause) {
    throw new Failure('run-damaged', { path, reason: `it is not JSON (${(cause as Error).message})` }, { cause });
  }
}

function checkedRun(value: unknown, path: string): Run {
  const version = (value as { schemaVersion?: unknown } | null)?.schemaVersion;
  if (typeof version !== 'number') throw new Failure('run-damaged', { path, reason: 'it has no schemaVersion' });
  if (version > schemaVersion) throw new Failure('run-newer', { path, found: version, known: schemaVersion });
  requireShape(value, runShape, path);
  // Renderers write the address of the schema anew.
  const { $schema: _address, ...run } = value as Run & { $schema?: string };
  if (Object.keys(run.variants).length === 0) throw new Failure('run-damaged', { path, reason: 'it has no variant' });
  const { before, after } = run.comparison ?? {};
  for (const name of [before, after]) {
    if (name !== undefined && !Object.hasOwn(run.variants, name)) {
      throw new Failure('run-damaged', { path, reason: `it compares a variant "${name}" that it does not have` });
    }
  }
  return { ...run, variants: inCatalogueOrder(run) };
}

/** `run.json` has the outcomes by name; reports list them in the order in which the audits ran. */
function inCatalogueOrder({ audits, variants }: Run): Run['variants'] {
  const place = new Map(audits.map(({ id }, index) => [id, index]));
  const placeOf = ([id]: readonly [string, unknown]) => place.get(id) ?? audits.length;
  return Object.fromEntries(
    Object.entries(variants).map(([name, variant]) => {
      const outcomes = Object.entries(variant.outcomes).sort((a, b) => placeOf(a) - placeOf(b));
      return [name, { ...variant, outcomes: Object.fromEntries(outcomes) }];
    }),
  );
}

function requireShape(value: unknown, shape: Shape, path: string): void {
  try {
    shape(value, '');
  } catch (cause) {
    if (cause instanceof ShapeError) throw new Failure('run-damaged', { path, reason: cause.message }, { cause });
    // The shapes walk by recursion.
    if (cause instanceof RangeError)
      throw new Failure('run-damaged', { path, reason: 'it is nested too deeply' }, { cause });
    throw cause;
  }
}

async function readArtifacts(folder: string, references: Run['variants'][string]['artifacts']): Promise<Gathered> {
  const entries = await Promise.all(
    passArtifactKeys.map(async (key): Promise<[string, GatheredArtifact<unknown>]> => {
      const reference = references[key];
      if (reference.status === 'missing') return [key, reference];
      return [key, await readArtifact(folder, reference.file, artifactShapes[key])];
    }),
  );
  return Object.fromEntries(entries) as unknown as Gathered;
}

async function readArtifact(folder: string, file: string, shape: Shape): Promise<GatheredArtifact<unknown>> {
  const path = join(folder, file);
  const text = await readFile(path, 'utf8').catch(() => undefined);
  if (text === undefined) return { status: 'missing', reason: `${file} is not beside run.json` };
  const value = parse(text, path);
  requireShape(value, shape, path);
  return { status: 'gathered', value };
}
