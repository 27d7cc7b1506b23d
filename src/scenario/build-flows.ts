import type { Flow } from '../model/flow.ts';
import { buildSteps, type StepContext } from './build-steps.ts';
import { invalidValue } from './invalid-value.ts';
import type { FlowDocument } from './schema.ts';

/** Fills in names; refuses flows without a request and repeated names. */
export async function buildFlows(documents: readonly FlowDocument[], context: StepContext): Promise<readonly Flow[]> {
  const taken = new Set(documents.flatMap(({ name }) => name ?? []));
  const flows: Flow[] = [];
  for (const [index, { name: givenName, weight, steps: stepDocuments }] of documents.entries()) {
    const path = ['flows', index];
    const steps = await buildSteps(stepDocuments, context, [...path, 'steps']);
    const firstRequest = steps.find((step) => step.kind === 'request');
    if (!firstRequest) throw invalidValue(context.root, [...path, 'steps'], 'has no request', 'add one: - get: /path');
    if (givenName !== undefined && flows.some((flow) => flow.name === givenName)) {
      const reason = `"${givenName}" is the name of an earlier flow`;
      throw invalidValue(context.root, [...path, 'name'], reason, 'use another name');
    }
    const name = givenName ?? unusedName(firstRequest.endpoint, index, taken);
    taken.add(name);
    flows.push({ name, weight, steps });
  }
  return flows;
}

function unusedName(endpoint: string, index: number, taken: ReadonlySet<string>): string {
  if (!taken.has(endpoint)) return endpoint;
  let number = index + 1;
  while (taken.has(`flow-${number}`)) number++;
  return `flow-${number}`;
}
