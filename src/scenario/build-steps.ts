import type { Authorization, HttpMethod, RequestStep, Step } from '../model/flow.ts';
import { endpointLabel } from '../model/template.ts';
import { buildAuth } from './build-auth.ts';
import { buildBody } from './build-body.ts';
import { buildCaptures } from './build-captures.ts';
import { buildExpectation, nothingExpected } from './build-expectation.ts';
import { lowerCaseHeaders } from './build-headers.ts';
import { invalidValue, pairsAt } from './invalid-value.ts';
import { parseDuration } from './quantities.ts';
import { methodKeys, type RequestDocument, type StepDocument } from './schema-steps.ts';
import type { SourceNode } from './source-tree.ts';

/** What steps are built with. */
export interface StepContext {
  readonly root: SourceNode;
  /** In which the scenario stands. */
  readonly folder: string;
  /** That of the target: for every step without its own. */
  readonly auth: Authorization | undefined;
}

/** What `redirects: true` follows. */
const usualRedirects = 5;

/** The steps of the list at `path`; refuses those without one meaning. */
export async function buildSteps(
  documents: readonly StepDocument[],
  context: StepContext,
  path: readonly PropertyKey[],
): Promise<readonly Step[]> {
  const steps: Step[] = [];
  // One after the other: the first mistake in the file is the one to be told.
  for (const [index, document] of documents.entries()) steps.push(await buildStep(document, context, [...path, index]));
  return steps;
}

async function buildStep(step: StepDocument, context: StepContext, path: readonly PropertyKey[]): Promise<Step> {
  const { root } = context;
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
    ? await buildRequest(upperCase, request, context, [...path, method])
    : plainRequest(upperCase, request ?? '/', context);
}

function plainRequest(method: HttpMethod, url: string, { auth }: StepContext): RequestStep {
  return {
    kind: 'request',
    method,
    url,
    query: [],
    endpoint: endpointLabel(method, url),
    headers: {},
    ...(auth && { auth }),
    expect: nothingExpected,
    captures: [],
    redirects: 0,
  };
}

async function buildRequest(
  method: HttpMethod,
  request: RequestDocument,
  context: StepContext,
  path: readonly PropertyKey[],
): Promise<RequestStep> {
  const { root, folder } = context;
  const { url, name, timeout, redirects } = request;
  const headers = lowerCaseHeaders(root, [...path, 'headers']);
  const auth = authOf(request, headers, context, path);
  const built = await buildBody(request, root, path, folder);
  return {
    kind: 'request',
    method,
    url,
    query: pairsAt(root, [...path, 'query']),
    endpoint: name ?? endpointLabel(method, url),
    headers: built?.contentType === undefined ? headers : { 'content-type': built.contentType, ...headers },
    ...(auth && { auth }),
    ...(built && { body: built.body }),
    expect: buildExpectation(request.expect, root, [...path, 'expect']),
    captures: buildCaptures(request.capture, root, [...path, 'capture']),
    redirects: typeof redirects === 'number' ? redirects : redirects ? usualRedirects : 0,
    ...(timeout === undefined ? {} : { timeoutMs: parseDuration(timeout) ?? 0 }),
  };
}

/** The step's own, or else that of the target; a header of its own stands in place of both. */
function authOf(
  { auth }: RequestDocument,
  headers: Readonly<Record<string, string>>,
  context: StepContext,
  path: readonly PropertyKey[],
): Authorization | undefined {
  const hasHeader = headers.authorization !== undefined;
  if (auth === undefined) return hasHeader ? undefined : context.auth;
  if (auth === 'none') return undefined;
  if (hasHeader) {
    const reason = 'stands beside the header authorization';
    throw invalidValue(context.root, [...path, 'auth'], reason, 'keep one of the two');
  }
  return buildAuth(auth, context.root, [...path, 'auth']);
}
