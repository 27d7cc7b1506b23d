import type { Flow, HttpMethod, RequestStep, Step } from '../model/scenario.ts';
import { endpointLabel } from '../model/template.ts';
import { invalidValue, textsAt } from './invalid-value.ts';
import { parseDuration } from './quantities.ts';
import { type FlowDocument, methodKeys, type RequestDocument } from './schema.ts';
import type { SourceNode } from './source-tree.ts';

type StepDocument = FlowDocument['steps'][number];

/** Fills in names and methods; refuses flows without a request, steps without one meaning, and repeated names. */
export function buildFlows(documents: readonly FlowDocument[], root: SourceNode): readonly Flow[] {
  const taken = new Set(documents.flatMap(({ name }) => name ?? []));
  const seen = new Set<string>();
  return documents.map(({ name: givenName, weight, steps: stepDocuments }, index) => {
    const path = ['flows', index];
    const steps = stepDocuments.map((step, stepIndex) => buildStep(step, root, [...path, 'steps', stepIndex]));
    const firstRequest = steps.find((step) => step.kind === 'request');
    if (!firstRequest) throw invalidValue(root, [...path, 'steps'], 'has no request', 'add one: - get: /path');
    if (givenName !== undefined && seen.has(givenName)) {
      throw invalidValue(root, [...path, 'name'], `"${givenName}" is the name of an earlier flow`, 'use another name');
    }
    const name = givenName ?? unusedName(firstRequest.endpoint, index, taken);
    seen.add(name);
    taken.add(name);
    return { name, weight, steps };
  });
}

function unusedName(endpoint: string, index: number, taken: ReadonlySet<string>): string {
  if (!taken.has(endpoint)) return endpoint;
  let number = index + 1;
  while (taken.has(`flow-${number}`)) number++;
  return `flow-${number}`;
}

function buildStep(step: StepDocument, root: SourceNode, path: readonly PropertyKey[]): Step {
  const methods = methodKeys.filter((key) => step[key] !== undefined);
  const meanings = [...methods, ...(step.think === undefined ? [] : ['think'])];
  if (meanings.length === 0) throw invalidValue(root, path, 'does nothing', `write ${methodKeys.join(', ')} or think`);
  if (meanings.length > 1)
    throw invalidValue(root, path, `is ${meanings.join(' and ')} at once`, 'make a step of each');
  const [method] = methods;
  if (method === undefined) return { kind: 'think', durationMs: parseDuration(step.think ?? '') ?? 0 };
  const request = step[method];
  const upperCase = method.toUpperCase() as HttpMethod;
  return typeof request === 'object'
    ? buildRequest(upperCase, request, root, [...path, method])
    : plainRequest(upperCase, request ?? '/');
}

function plainRequest(method: HttpMethod, url: string): RequestStep {
  return { kind: 'request', method, url, endpoint: endpointLabel(method, url), headers: {}, expect: {} };
}

function buildRequest(
  method: HttpMethod,
  request: RequestDocument,
  root: SourceNode,
  path: readonly PropertyKey[],
): RequestStep {
  const { url, name, expect } = request;
  const headers = lowerCaseHeaders(root, [...path, 'headers']);
  const hasJson = request.json !== undefined;
  if (hasJson && request.body !== undefined) {
    throw invalidValue(root, [...path, 'body'], 'stands beside json', 'keep one of the two');
  }
  const body = hasJson ? jsonBody(request.json, root, [...path, 'json']) : request.body;
  return {
    kind: 'request',
    method,
    url,
    endpoint: name ?? endpointLabel(method, url),
    headers: hasJson ? { 'content-type': 'application/json', ...headers } : headers,
    ...(body === undefined ? {} : { body }),
    expect: expect.status === undefined ? {} : { status: expect.status },
  };
}

/** Headers with lower-case names, as the model wants them; a name that differs only in case stands twice. */
export function lowerCaseHeaders(root: SourceNode, path: readonly PropertyKey[]): Readonly<Record<string, string>> {
  const headers = new Map<string, string>();
  for (const [name, value] of Object.entries(textsAt(root, path))) {
    if (headers.has(name.toLowerCase())) {
      throw invalidValue(root, [...path, name], 'is the same header as an earlier one', 'keep one of the two');
    }
    headers.set(name.toLowerCase(), value);
  }
  return Object.fromEntries(headers);
}

function jsonBody(json: unknown, root: SourceNode, path: readonly PropertyKey[]): string {
  return JSON.stringify(json, (key, value: unknown) => {
    if (
      typeof value !== 'number' ||
      (Number.isFinite(value) && (!Number.isInteger(value) || Number.isSafeInteger(value)))
    ) {
      return value;
    }
    const reason = `${key === '' ? 'it' : `"${key}"`} is a number that JSON would not carry unchanged (${value})`;
    throw invalidValue(root, path, reason, 'write it in quotes, or use body: for exact text');
  });
}
