import { basename, dirname, extname, resolve } from 'node:path';
import type { AuditSelection, Scenario } from '../model/scenario.ts';
import { buildAuth } from './build-auth.ts';
import { buildData } from './build-data.ts';
import { buildFlows } from './build-flows.ts';
import { buildGate } from './build-gate.ts';
import { type CodeChoice, withCode } from './build-git.ts';
import { buildLoad } from './build-load.ts';
import { buildSteps } from './build-steps.ts';
import { buildDatabase, buildTarget } from './build-target.ts';
import { buildVariants } from './build-variants.ts';
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
  /** The states of the code that the command line names. */
  readonly code: CodeChoice;
}

/** Turns a document of the right shape into the model; throws for what does not fit together or does not exist. */
export async function buildScenario(input: ScenarioInput): Promise<Scenario> {
  const { path, document, root, digest, allowHosts, code } = input;
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
    variants: withCode(buildVariants(document, root), document, root, code),
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
