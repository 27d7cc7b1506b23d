import { describe, expect, it } from 'vitest';
import type { DraftOptions } from './draft.ts';
import { draftScenario } from './draft-scenario.ts';
import type { WrittenRequest } from './written.ts';

const ok = { responses: { 200: { description: '' } } };

function draft(document: object, options: DraftOptions = {}) {
  const text = JSON.stringify({ openapi: '3.1.0', info: { title: 'Shop', version: '1' }, ...document });
  return draftScenario({ text, file: 'api.json', options, readBeside: () => undefined });
}

/** The request of the one operation that `document` has. */
function onlyRequest(document: object, options: DraftOptions = {}): WrittenRequest {
  const { scenario } = draft(document, options);
  const [step] = scenario.flows[0]?.steps ?? [];
  const [request] = Object.values(step ?? {});
  return typeof request === 'string' ? { url: request } : (request as unknown as WrittenRequest);
}

const withParameter = (parameter: object) => ({
  paths: { '/a/{p}': { get: { ...ok, parameters: [{ name: 'p', in: 'path', required: true, ...parameter }] } } },
});

describe('where load goes', () => {
  it.each([
    ['http://localhost:8080/v2/', { url: 'http://localhost:8080' }, '/v2/a'],
    ['/api', { url: 'http://127.0.0.1:3000' }, '/api/a'],
    ['https://api.example.com/v1', { url: 'http://127.0.0.1:3000' }, '/v1/a'],
    ['http://127.0.0.1.example.com', { url: 'http://127.0.0.1:3000' }, '/a'],
    ['ftp://127.0.0.1', { url: 'http://127.0.0.1:3000' }, '/a'],
    ['${HOME}', { url: 'http://127.0.0.1:3000' }, '/a'],
  ])('by the server %s', (url, target, path) => {
    const document = { servers: [{ url }], paths: { '/a': { get: ok } } };
    expect(draft(document).scenario.target).toEqual(target);
    expect(onlyRequest(document).url).toBe(path);
  });

  it('is what the user says, and its path comes before all others', () => {
    const document = { servers: [{ url: 'https://api.example.com/v1' }], paths: { '/a': { get: ok } } };
    expect(draft(document, { url: 'https://staging.example.com' }).scenario.target).toEqual({
      url: 'https://staging.example.com',
    });
    expect(onlyRequest(document, { url: 'https://staging.example.com/v9' }).url).toBe('/v9/a');
    expect(draft(document, { command: 'node server.js' }).scenario.target).toEqual({
      command: 'node server.js',
      url: 'http://127.0.0.1:${PORT}',
    });
  });

  it.each(['no url', 'ftp://x', 'http://user:password@127.0.0.1', 'http://127.0.0.1:${PORT}', 'http://127.0.0.1/?a=1'])(
    'is not %s',
    (url) => {
      expect(() => draft({ paths: { '/a': { get: ok } } }, { url })).toThrow(/^--url /);
    },
  );
});

describe('a path parameter', () => {
  it.each<[string, object, string]>([
    ['its example', { example: 'x/y', schema: { type: 'integer' } }, '/a/x%2Fy'],
    ['the first of its examples', { examples: { one: { value: 7 } } }, '/a/7'],
    ["its schema's default", { schema: { type: 'integer', default: 3 } }, '/a/3'],
    ['a number from its range', { schema: { type: 'integer', minimum: 5 } }, '/a/{{ p }}'],
    ['one of its values', { schema: { enum: ['x', 'y'] } }, '/a/{{ p }}'],
    ['its only value', { schema: { enum: ['x'] } }, '/a/x'],
    ['its format', { schema: { type: 'string', format: 'date' } }, '/a/2026-01-31'],
    ['an example of text', { schema: { type: ['null', 'string'] } }, '/a/example'],
    ['a list', { schema: { type: 'array', items: { type: 'boolean' }, minItems: 2 } }, '/a/true,true'],
    ['text that looks like data', { example: '{{ x }}${HOME}' }, '/a/%7B%7B%20x%20%7D%7D%24%7BHOME%7D'],
  ])('is filled with %s', (_, parameter, url) => {
    expect(onlyRequest(withParameter(parameter)).url).toBe(url);
  });

  it('is a number within what its schema allows', () => {
    const range = (schema: object) =>
      draft(withParameter({ schema: { type: 'integer', ...schema } })).scenario.data?.[0];
    expect(range({})).toEqual({ as: 'p', range: [1, 100] });
    expect(range({ minimum: 10, maximum: 12 })).toEqual({ as: 'p', range: [10, 12] });
    expect(range({ exclusiveMinimum: 10, maximum: 12 })).toEqual({ as: 'p', range: [11, 12] });
    expect(range({ minimum: 10, exclusiveMinimum: true, maximum: 12 })).toEqual({ as: 'p', range: [11, 12] });
  });

  it('shares its data with those of the same name and values, and with no others', () => {
    const get = (schema: object) => ({
      get: { ...ok, parameters: [{ name: 'id', in: 'path', required: true, schema }] },
    });
    const { scenario } = draft({
      paths: {
        '/a/{id}': get({ type: 'integer' }),
        '/b/{id}': get({ type: 'integer' }),
        '/c/{id}': get({ type: 'integer', minimum: 0 }),
      },
    });
    expect(scenario.data).toEqual([
      { as: 'id', range: [1, 100] },
      { as: 'id2', range: [0, 99] },
    ]);
  });

  it('that is described nowhere leaves the operation out', () => {
    expect(draft({ paths: { '/a/{p}': { get: ok }, '/b': { get: ok } } }).leftOut).toEqual([
      { what: 'GET /a/{p}', why: 'its path parameter p is not described' },
    ]);
  });
});

describe('what else a request needs', () => {
  it('is the query and the headers that are required', () => {
    const parameters = [
      { name: 'q', in: 'query', required: true, schema: { type: 'string' }, example: 'a b&c' },
      { name: 'ids', in: 'query', required: true, schema: { type: 'array', items: { type: 'integer', minimum: 4 } } },
      { name: 'page', in: 'query', schema: { type: 'integer' } },
      { name: 'X-Tenant', in: 'header', required: true, schema: { default: '${HOME}' } },
      { name: 'Authorization', in: 'header', required: true, schema: { type: 'string' } },
    ];
    expect(onlyRequest({ paths: { '/a': { parameters, get: ok } } })).toEqual({
      url: '/a?q=a%20b%26c&ids=4',
      name: 'GET /a',
      headers: { 'x-tenant': '$${HOME}' },
      expect: { status: 200 },
    });
  });

  it.each<[string, object, object]>([
    ['a bearer token', { type: 'http', scheme: 'Bearer' }, { auth: { bearer: '${TARGET_TOKEN:-change-me}' } }],
    ['an OAuth token', { type: 'oauth2', flows: {} }, { auth: { bearer: '${TARGET_TOKEN:-change-me}' } }],
    [
      'user and password',
      { type: 'http', scheme: 'basic' },
      { auth: { basic: { user: '${TARGET_USER:-change-me}', password: '${TARGET_PASSWORD:-change-me}' } } },
    ],
    [
      'a key in a header',
      { type: 'apiKey', in: 'header', name: 'X-Key' },
      { headers: { 'x-key': '${TARGET_API_KEY:-change-me}' } },
    ],
    [
      'a key in the query',
      { type: 'apiKey', in: 'query', name: 'key' },
      { url: '/a?key=${TARGET_API_KEY:-change-me}' },
    ],
  ])('is %s, as a variable whose name the document cannot choose', (_, scheme, part) => {
    const document = {
      components: { securitySchemes: { AWS_SECRET_ACCESS_KEY: scheme } },
      security: [{ AWS_SECRET_ACCESS_KEY: [] }],
      paths: { '/a': { get: ok } },
    };
    expect(onlyRequest(document)).toMatchObject(part);
    expect(draft(document).variables[0]?.standsFor).toContain('the security scheme AWS_SECRET_ACCESS_KEY');
  });

  it('is the first way in that can be drafted', () => {
    const document = {
      components: { securitySchemes: { tls: { type: 'mutualTLS' }, token: { type: 'http', scheme: 'bearer' } } },
      paths: {
        '/a': { get: { ...ok, security: [{ tls: [] }, { token: [] }] } },
        '/b': { get: { ...ok, security: [{ tls: [], token: [] }] } },
      },
    };
    const { scenario, leftOut } = draft(document);
    expect(scenario.flows).toHaveLength(1);
    expect(leftOut).toEqual([{ what: 'GET /b', why: 'its security cannot be drafted: tls is of the type mutualTLS' }]);
  });
});

describe('operations that write', () => {
  const body = (content: object) => ({
    paths: { '/a': { post: { requestBody: { required: true, content }, responses: { 201: { description: '' } } } } },
  });

  it('are left out unless they are asked for', () => {
    expect(() => draft(body({}))).toThrow(/POST \/a: it may change data: --writes takes it/);
  });

  it.each<[string, object, object]>([
    [
      'JSON by its schema, without what the service itself fills in',
      {
        'application/json': {
          schema: { properties: { id: { type: 'integer', readOnly: true }, n: { type: 'number', minimum: 2 } } },
        },
      },
      { json: { n: 2 } },
    ],
    ['JSON by its example', { 'application/json': { example: { a: '${HOME}' } } }, { json: { a: '$${HOME}' } }],
    [
      'parts that are put together',
      {
        'application/json': {
          schema: { allOf: [{ properties: { a: { const: 1 } } }, { properties: { b: { const: 2 } } }] },
        },
      },
      { json: { a: 1, b: 2 } },
    ],
    [
      'the first alternative',
      { 'application/json': { schema: { oneOf: [{ type: 'null' }, { properties: { a: { const: 1 } } }] } } },
      { json: { a: 1 } },
    ],
    [
      'another JSON type',
      { 'application/merge-patch+json': { example: {} } },
      { json: {}, headers: { 'content-type': 'application/merge-patch+json' } },
    ],
    [
      'a form',
      { 'application/x-www-form-urlencoded': { example: { a: 1, b: 'x y' } } },
      { form: { a: '1', b: 'x y' } },
    ],
    [
      'a number that JSON cannot carry as a number',
      { 'application/json': { example: { id: 2 ** 60 } } },
      { body: `{ "id":${2 ** 60} }` },
    ],
  ])('send %s', (_, content, part) => {
    expect(onlyRequest(body(content), { writes: true })).toMatchObject({ ...part, expect: { status: 201 } });
  });

  it('end a circle of references where it closes', () => {
    const schema = {
      type: 'object',
      properties: { name: { const: 'a' }, child: { $ref: '#/components/schemas/Node' } },
    };
    const document = {
      ...body({ 'application/json': { schema: { $ref: '#/components/schemas/Node' } } }),
      components: { schemas: { Node: schema } },
    };
    expect(onlyRequest(document, { writes: true }).json).toEqual({ name: 'a' });
  });
});

it('keeps a document of a thousand operations small enough to be loaded', () => {
  const paths = Object.fromEntries(Array.from({ length: 1000 }, (_, index) => [`/p${index}`, { get: ok }]));
  const { scenario, leftOut } = draft({ paths });
  expect(scenario.flows).toHaveLength(200);
  expect(leftOut).toHaveLength(800);
  expect(leftOut[0]).toEqual({ what: 'GET /p200', why: 'a draft has at most 200 requests' });
});
