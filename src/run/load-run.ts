import { readFile, stat } from 'node:fs/promises';
import { dirname, isAbsolute, join, normalize } from 'node:path';
import { artifactKeys, type Gathered, type GatheredArtifact } from '../model/artifacts.ts';
import { Failure } from '../model/failure.ts';
import { type LoadedRun, type Run, schemaVersion } from '../model/run.ts';

/**
 * Reads a saved run: the folder, or its `run.json` alone (its artifacts are then read where they lie beside it).
 *
 * Throws `run-not-found`, `run-newer`, or `run-damaged` with what is wrong.
 */
export async function loadRun(path: string): Promise<LoadedRun> {
  const info = await stat(path).catch((cause: unknown) => {
    throw new Failure('run-not-found', { path }, { cause });
  });
  const file = info.isDirectory() ? join(path, 'run.json') : path;
  const text = await readFile(file, 'utf8').catch((cause: unknown) => {
    if (info.isDirectory()) throw new Failure('run-damaged', { path, reason: 'it has no run.json' }, { cause });
    throw new Failure('run-not-found', { path }, { cause });
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

/** What must be there for everything else to be read; the parts within are checked by their shape alone. */
const requiredShape = {
  id: 'string',
  startedAt: 'string',
  durationMs: 'number',
  tool: 'object',
  scenario: 'object',
  'scenario.name': 'string',
  'scenario.digest': 'string',
  'scenario.endpoints': 'array',
  'scenario.gate': 'object',
  environment: 'object',
  'environment.cpuModel': 'string',
  variants: 'object',
  audits: 'array',
  validity: 'object',
  'validity.warnings': 'array',
} as const;

const variantShape = { metrics: 'array', outcomes: 'object', artifacts: 'object' } as const;

const comparisonShape = {
  metrics: 'array',
  omitted: 'array',
  'findings.fixed': 'array',
  'findings.remaining': 'array',
  'findings.introduced': 'array',
  verdict: 'string',
} as const;

function checkedRun(value: unknown, path: string): Run {
  const version = read(value, 'schemaVersion');
  if (typeof version !== 'number') throw new Failure('run-damaged', { path, reason: 'it has no schemaVersion' });
  if (version > schemaVersion) throw new Failure('run-newer', { path, found: version, known: schemaVersion });
  requireShape(value, requiredShape, '', path);
  const run = value as Run;
  for (const [name, variant] of Object.entries(run.variants)) {
    requireShape(variant, variantShape, `variants.${name}.`, path);
    for (const key of artifactKeys)
      requireShape(variant.artifacts, { [`${key}.status`]: 'string' }, `variants.${name}.artifacts.`, path);
  }
  if (run.comparison !== undefined) requireShape(run.comparison, comparisonShape, 'comparison.', path);
  return run;
}

function requireShape(value: unknown, shape: Readonly<Record<string, string>>, prefix: string, path: string): void {
  for (const [key, expected] of Object.entries(shape)) {
    const found = read(value, key);
    const kind = Array.isArray(found) ? 'array' : found === null ? 'null' : typeof found;
    if (kind !== expected) {
      throw new Failure('run-damaged', { path, reason: `${prefix}${key} must be ${expected}, and is ${kind}` });
    }
  }
}

function read(value: unknown, dotted: string): unknown {
  return dotted
    .split('.')
    .reduce<unknown>(
      (at, key) => (typeof at === 'object' && at !== null ? (at as Record<string, unknown>)[key] : undefined),
      value,
    );
}

async function readArtifacts(folder: string, references: Run['variants'][string]['artifacts']): Promise<Gathered> {
  const entries = await Promise.all(
    artifactKeys.map(async (key): Promise<[string, GatheredArtifact<unknown>]> => {
      const reference = references[key];
      return [key, reference.status === 'missing' ? reference : await readArtifact(folder, reference.file)];
    }),
  );
  return Object.fromEntries(entries) as unknown as Gathered;
}

async function readArtifact(folder: string, file: string): Promise<GatheredArtifact<unknown>> {
  // A run may come from somebody else: it names files of its own folder only.
  if (typeof file !== 'string' || isAbsolute(file) || normalize(file).startsWith('..')) {
    throw new Failure('run-damaged', { path: folder, reason: `it points outside of its folder: ${String(file)}` });
  }
  const path = join(folder, file);
  const text = await readFile(path, 'utf8').catch(() => undefined);
  if (text === undefined) return { status: 'missing', reason: `${file} is not beside run.json` };
  return { status: 'gathered', value: parse(text, path) };
}
