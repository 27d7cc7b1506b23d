import { Failure } from '../../model/failure.ts';
import { formBody, jsonBody } from './body.ts';
import { createBudget } from './budget.ts';
import { chooseTarget } from './choose-target.ts';
import { at, isMap, listAt, mapAt, scalarText, textAt } from './content.ts';
import { createDataNames } from './data-names.ts';
import type { Draft, DraftInput } from './draft.ts';
import { hasPlaceholder, literal, plainName, slug } from './literal.ts';
import { createNotes } from './notes.ts';
import { applyParameters, exampleOf, type ParameterContext } from './openapi-parameters.ts';
import { createReferences } from './openapi-refs.ts';
import { sampleOf } from './openapi-sample.ts';
import { credentialsOf } from './openapi-security.ts';
import { createSecrets } from './secrets.ts';
import { requestStep, type WrittenFlow, type WrittenRequest } from './written.ts';

const safeMethods = ['get', 'head'] as const;
const writingMethods = ['post', 'put', 'patch', 'delete'] as const;
const otherMethods = ['options', 'trace', 'query'] as const;

type DraftedMethod = (typeof safeMethods)[number] | (typeof writingMethods)[number];

interface Operation {
  readonly method: DraftedMethod;
  readonly path: string;
  readonly label: string;
  readonly item: unknown;
  readonly operation: unknown;
}

interface OperationContext extends ParameterContext {
  readonly document: unknown;
  readonly basePath: string;
}

/**
 * A flow for every operation that reads, and with `writes` for every other one.
 *
 * Format: OpenAPI 3.0 and 3.1, https://spec.openapis.org/oas/v3.1.0. Throws `draft-empty` where no operation can be
 * drafted, and `draft-unreadable` for a broken reference.
 */
export function draftFromOpenApi({ content: document, file, options }: DraftInput): Draft {
  const notes = createNotes();
  const secrets = createSecrets();
  const data = createDataNames();
  const budget = createBudget();
  const references = createReferences(document, file);
  const { target, basePath } = chooseTarget(serverUrl(document), options, notes);
  const context: OperationContext = { document, references, secrets, data, basePath };

  const flows: WrittenFlow[] = [];
  const madeUp = new Map<string, readonly string[]>();
  let operations = 0;
  for (const [path, written] of Object.entries(mapAt(document, 'paths') ?? {})) {
    if (!path.startsWith('/')) continue;
    const item = references.follow(written);
    if (!item) {
      notes.leaveOut(plainName(path), 'it stands in another document');
      continue;
    }
    for (const method of [...safeMethods, ...writingMethods, ...otherMethods]) {
      const operation = at(item, method);
      if (!isMap(operation)) continue;
      operations += 1;
      const label = plainName(`${method.toUpperCase()} ${path}`);
      if (!isDrafted(method)) {
        notes.leaveOut(label, 'its method is no load that a service usually has');
        continue;
      }
      if (!options.writes && isWriting(method)) {
        notes.leaveOut(label, 'it may change data: --writes takes it');
        continue;
      }
      const mark = data.mark();
      const drafted = draftRequest({ method, path, label, item, operation }, context);
      const step = 'problem' in drafted ? undefined : requestStep(method, drafted.request);
      const problem = 'problem' in drafted ? drafted.problem : step && budget.refuse([step, data.all.slice(mark)], 1);
      if (!step || problem !== undefined) {
        data.backTo(mark);
        notes.leaveOut(label, problem ?? '');
        continue;
      }
      if ('invented' in drafted) {
        for (const each of drafted.invented) madeUp.set(each, [...(madeUp.get(each) ?? []), label]);
      }
      flows.push({ steps: [step] });
    }
  }
  for (const [value, [first = '', ...others]] of madeUp) {
    const more = others.length > 0 ? ` and ${others.length} more` : '';
    notes.remark(`made up, so it may not exist: ${value}, in ${first}${more}`);
  }
  if (flows.length === 0) {
    const [first] = notes.leftOut;
    throw new Failure('draft-empty', { path: file, reason: first ? `: ${first.what}: ${first.why}` : '' });
  }
  return {
    scenario: {
      name: slug(textAt(document, 'info', 'title') ?? ''),
      target,
      ...(data.all.length > 0 && { data: data.all }),
      flows,
    },
    source: `OpenAPI ${plainName(scalarText(at(document, 'openapi')) ?? '')}`,
    taken: `${flows.length} of ${operations} operations, a flow each`,
    leftOut: notes.leftOut,
    remarks: notes.remarks,
    variables: secrets.variables,
  };
}

function isDrafted(method: string): method is DraftedMethod {
  return !otherMethods.some((each) => each === method);
}

function isWriting(method: DraftedMethod): boolean {
  return writingMethods.some((each) => each === method);
}

/** The first server, its variables at their defaults. */
function serverUrl(document: unknown): string | undefined {
  const [server] = listAt(document, 'servers');
  return textAt(server, 'url')?.replace(/\{([^{}]*)\}/g, (_, name: string) => {
    return scalarText(at(server, 'variables', name, 'default')) ?? '';
  });
}

type DraftedRequest =
  | { readonly request: WrittenRequest; readonly invented: readonly string[] }
  | { readonly problem: string };

function draftRequest({ method, path, label, item, operation }: Operation, context: OperationContext): DraftedRequest {
  if (listAt(operation, 'servers').length > 0) return { problem: 'it has a server of its own' };
  const credentials = credentialsOf(operation, context);
  if ('problem' in credentials) return credentials;
  const responses = mapAt(operation, 'responses') ?? {};
  const status = Object.keys(responses).find((each) => /^2\d\d$/.test(each));
  const types = Object.keys(mapAt(context.references.follow(responses[status ?? '']), 'content') ?? {});
  if (types.includes('text/event-stream')) return { problem: 'its response is a stream without an end' };
  const body = isWriting(method) ? bodyOf(operation, context) : {};
  if ('problem' in body) return body;
  const parameters = applyParameters(
    `${context.basePath}${path}`,
    [...listAt(item, 'parameters'), ...listAt(operation, 'parameters')],
    context,
  );
  if ('problem' in parameters) return parameters;
  if (parameters.url.startsWith('//')) return { problem: 'its path begins with two slashes' };
  const { headers: bodyHeaders, ...rest } = body;
  const url = withQuery(parameters.url, credentials.query);
  const headers = { ...parameters.headers, ...bodyHeaders, ...credentials.headers };
  return {
    invented: parameters.invented,
    request: {
      url,
      // Without a name the endpoint is called by the path, and that of the first data value.
      ...(url !== path && { name: label }),
      ...(Object.keys(headers).length > 0 && { headers }),
      ...(credentials.auth && { auth: credentials.auth }),
      ...rest,
      ...(status !== undefined && { expect: { status: Number(status) } }),
    },
  };
}

function withQuery(url: string, query: readonly string[]): string {
  if (query.length === 0) return url;
  return `${url}${url.includes('?') ? '&' : '?'}${query.join('&')}`;
}

type DraftedBody = Pick<WrittenRequest, 'headers' | 'json' | 'form' | 'body'> | { readonly problem: string };

function bodyOf(operation: unknown, { references, secrets }: OperationContext): DraftedBody {
  const written = at(operation, 'requestBody');
  if (written === undefined) return {};
  const body = references.follow(written);
  if (!body) return { problem: 'its body is described in another document' };
  const contents = Object.entries(mapAt(body, 'content') ?? {});
  const typed = (fits: (type: string) => boolean) =>
    contents.find(([type]) => fits(type.toLowerCase().split(';')[0] ?? ''));
  const json = typed((type) => type === 'application/json' || type.endsWith('+json') || type === '*/*');
  const chosen =
    json ?? typed((type) => type === 'application/x-www-form-urlencoded') ?? typed((type) => type === 'text/plain');
  const optional = at(body, 'required') !== true;
  if (!chosen) {
    if (optional) return {};
    return { problem: `its body is ${plainName(contents[0]?.[0] ?? 'not described')}` };
  }
  const [type, media] = chosen;
  const value = exampleOf(media, references) ?? sampleOf(at(media, 'schema'), references)?.value;
  if (value === undefined) return optional ? {} : { problem: 'no body can be made from its description' };
  const tooOdd = { problem: 'its body cannot be written in a scenario' };
  if (chosen === json) {
    const drafted = jsonBody(value, secrets);
    if (!drafted) return tooOdd;
    const named = /^[\w.+-]+\/[\w.+-]+$/.test(type) && type !== 'application/json';
    return named ? { ...drafted, headers: { 'content-type': type } } : drafted;
  }
  if (isMap(value)) {
    const fields = Object.entries(value).map(
      ([name, each]) => [name, scalarText(each) ?? JSON.stringify(each)] as const,
    );
    return formBody(fields, secrets) ?? tooOdd;
  }
  const text = scalarText(value);
  if (text === undefined || hasPlaceholder(text)) return tooOdd;
  return { headers: { 'content-type': 'text/plain' }, body: literal(text) };
}
