import type { Scenario } from '../model/scenario.ts';
import type { CodeChoice } from './build-git.ts';
import { buildScenario } from './build-scenario.ts';
import { scenarioDigest } from './digest.ts';
import { assertHostAllowed } from './loopback.ts';
import { parseSource } from './parse-source.ts';
import { readDocument } from './read-document.ts';
import { readScenarioText } from './source-text.ts';
import { type Environment, expandVariables } from './variables.ts';

/**
 * Reads, checks and freezes the scenario at `path`; reads its data files, and starts nothing.
 *
 * `env` fills `${NAME}`. `allowHosts` adds to the scenario's own, and `code` names states of the code, for the command line. Everything that is wrong with
 * the file is a {@link Failure} (`scenario-*`, `data-unreadable`, `host-not-allowed`) at its line and column.
 */
export async function loadScenario(
  path: string,
  env: Environment,
  { allowHosts = [], code = {} }: { readonly allowHosts?: readonly string[]; readonly code?: CodeChoice } = {},
): Promise<Scenario> {
  const written = parseSource(await readScenarioText(path), path);
  const root = expandVariables(written, env);
  const document = readDocument(root);
  const digest = scenarioDigest(document, written);
  const scenario = deepFreeze(await buildScenario({ path, document, root, digest, allowHosts, code }));
  assertHostAllowed(scenario);
  return scenario;
}

function deepFreeze<T>(value: T): T {
  if (typeof value !== 'object' || value === null || Object.isFrozen(value)) return value;
  for (const child of Object.values(value)) deepFreeze(child);
  return Object.freeze(value);
}
