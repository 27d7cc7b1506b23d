import { basename, dirname, extname, resolve } from 'node:path';
import type { AuditSelection, Scenario, Variant } from '../model/scenario.ts';
import { buildAuth } from './build-auth.ts';
import { buildData } from './build-data.ts';
import { buildFlows } from './build-flows.ts';
import { buildGate } from './build-gate.ts';
import { lowerCaseHeaders } from './build-headers.ts';
import { buildLoad } from './build-load.ts';
import { buildSteps } from './build-steps.ts';
import { buildDatabase, buildTarget, requireNoEffect } from './build-target.ts';
import { invalidValue, textsAt } from './invalid-value.ts';
import type { ScenarioDocument } from './schema.ts';
import { positionsOf, type SourceNode } from './source-tree.ts';
import { requireKnownNames } from './template-names.ts';
import { requireEnoughRows } from './unique-rows.ts';

interface ScenarioInput {
  /** As the user gave it. */
  readonly path: string;
  readonly document: ScenarioDocument;
  /** The same content with its positions, variables filled in. */
  readonly root: SourceNode;
  readonly digest: string;
  /** Hosts that the command line allows. */
  readonly allowHosts: readonly string[];
}

/** Turns a document of the right shape into the model; throws for what does not fit together or does not exist. */
export async function buildScenario({ path, document, root, digest, allowHosts }: ScenarioInput): Promise<Scenario> {
  const file = resolve(path);
  const folder = dirname(file);
  const target = await buildTarget(document, root, folder, allowHosts);
  const database = await buildDatabase(document, root, folder);
  const load = buildLoad(document.load, root);
  const auth = document.target.auth && buildAuth(document.target.auth, root, ['target', 'auth']);
  const context = { root, folder, auth };
  const flows = await buildFlows(document.flows, context);
  const before = await buildSteps(document.before, context, ['before']);
  const after = await buildSteps(document.after, context, ['after']);
  const data = await buildData(document.data, root, folder);
  requireKnownNames(root, { flows, before, after, data }, auth);
  const positions = positionsOf(root);
  requireEnoughRows({ data, flows, load, positions });
  return {
    name: document.name ?? nameOfFile(file),
    file,
    digest,
    target,
    ...(database && { database }),
    load,
    flows,
    before,
    after,
    data,
    variants: buildVariants(document, root),
    gate: buildGate(document.gate, flows, root),
    audits: buildAudits(document.audits),
    positions,
  };
}

/** The file's name without its extension, fit to be part of a folder's name. */
function nameOfFile(file: string): string {
  const stem = basename(file, extname(file));
  return stem.replace(/^[^\p{L}\p{N}]+|[\\\p{Cc}]/gu, '').slice(0, 80) || 'scenario';
}

function buildVariants({ variants, target }: ScenarioDocument, root: SourceNode): readonly Variant[] {
  const names = Object.keys(variants);
  const [, , third] = names;
  if (third !== undefined) {
    throw invalidValue(root, ['variants'], `has ${names.length} variants`, 'give two, before and after, or none');
  }
  if (names.length === 0) return [{ name: 'default', env: {}, headers: {} }];
  return names.map((name) => {
    const path = ['variants', name];
    if (target.command === undefined) requireNoEffect(root, [...path, 'env']);
    return { name, env: textsAt(root, [...path, 'env']), headers: lowerCaseHeaders(root, [...path, 'headers']) };
  });
}

function buildAudits({ ignore, options }: ScenarioDocument['audits']): AuditSelection {
  return {
    options,
    ignore: ignore.map(({ audit, reason, endpoint, until }) => ({
      audit,
      reason,
      ...(endpoint === undefined ? {} : { endpoint }),
      ...(until === undefined ? {} : { until }),
    })),
  };
}
