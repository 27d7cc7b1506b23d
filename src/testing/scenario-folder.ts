import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Failure } from '../model/failure.ts';
import type { Scenario } from '../model/scenario.ts';
import { loadScenario } from '../scenario/load-scenario.ts';
import type { Environment } from '../scenario/variables.ts';

export interface ScenarioFolder {
  readonly folder: string;
  /** Writes `content` as a file of the folder and loads it. */
  readonly load: (content: string | Uint8Array, env?: Environment, name?: string) => Promise<Scenario>;
  readonly remove: () => Promise<void>;
}

/** A temporary folder for scenarios and what belongs to them. */
export async function createScenarioFolder(): Promise<ScenarioFolder> {
  const folder = await mkdtemp(join(tmpdir(), 'chokepoint-scenario-'));
  return {
    folder,
    load: async (content, env = {}, name = 'shop.yaml') => {
      const file = join(folder, name);
      await writeFile(file, content);
      return loadScenario(file, env);
    },
    remove: () => rm(folder, { recursive: true }),
  };
}

/** The {@link Failure} with which `promise` must be rejected; anything else fails the test. */
export async function failureOf(promise: Promise<unknown>): Promise<Failure> {
  const error: unknown = await promise.then(
    () => new Error('expected a Failure, but nothing was wrong'),
    (reason: unknown) => reason,
  );
  if (error instanceof Failure) return error;
  throw error;
}

/** The shortest target that is attached to, one that is launched, and the shortest flow; a line each. */
export const attached = 'target: { url: http://127.0.0.1:3000 }\n';
export const launched = 'target: { command: node x.js, url: "http://127.0.0.1:${PORT}" }\n';
export const oneFlow = 'flows: [{ steps: [{ get: / }] }]\n';
