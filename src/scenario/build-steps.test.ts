import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { RequestStep } from '../model/flow.ts';
import { attached, createScenarioFolder, failureOf, type ScenarioFolder } from '../testing/scenario-folder.ts';

let shop: ScenarioFolder;
beforeAll(async () => {
  shop = await createScenarioFolder();
  await writeFile(join(shop.folder, 'photo.jpg'), Uint8Array.of(0xff, 0xd8, 0));
});
afterAll(() => shop.remove());

/** The one request of a flow whose step is written as `post: { url: /x, … }`. */
async function requestOf(keys: string, target = attached): Promise<RequestStep> {
  const data = 'data: [{ as: term, values: [a] }]\n';
  const scenario = await shop.load(`${target}${data}flows: [{ steps: [{ post: { url: /x, ${keys} } }] }]\n`);
  const step = scenario.flows[0]?.steps[0];
  if (step?.kind !== 'request') throw new Error('no request');
  return step;
}

describe('a request', () => {
  it('has a query of texts as they are written, a list of them under one name', async () => {
    const { query, url } = await requestOf('query: { page: 02, q: "{{ term }}", tag: [a, b], flag: true }');
    expect(query).toEqual([
      ['page', '02'],
      ['q', '{{ term }}'],
      ['tag', 'a'],
      ['tag', 'b'],
      ['flag', 'true'],
    ]);
    expect(url).toBe('/x');
  });

  it.each([
    [
      'form: { a: "{{ term }}", b: 1 }',
      'application/x-www-form-urlencoded',
      {
        kind: 'form',
        fields: [
          ['a', '{{ term }}'],
          ['b', '1'],
        ],
      },
    ],
    ['json: { a: [1, null] }', 'application/json', { kind: 'json', text: '{"a":[1,null]}' }],
    ['body: "a{{ term }}"', undefined, { kind: 'text', text: 'a{{ term }}' }],
  ])('%s is its body', async (keys, contentType, body) => {
    expect(await requestOf(keys)).toMatchObject({ body });
    expect((await requestOf(keys)).headers['content-type']).toBe(contentType);
    const own = await requestOf(`${keys}, headers: { Content-Type: text/x }`);
    expect(own.headers).toEqual({ 'content-type': 'text/x' });
  });

  it('takes a file by its absolute path', async () => {
    const { body, headers } = await requestOf('file: photo.jpg, headers: { content-type: image/jpeg }');
    expect(body).toEqual({ kind: 'file', path: join(shop.folder, 'photo.jpg') });
    expect(headers).toEqual({ 'content-type': 'image/jpeg' });
  });

  it('may have its own timeout and follow redirects', async () => {
    expect(await requestOf('timeout: 1.5s, redirects: true')).toMatchObject({ timeoutMs: 1500, redirects: 5 });
    expect(await requestOf('redirects: 2')).toMatchObject({ redirects: 2 });
    expect(await requestOf('redirects: false')).toMatchObject({ redirects: 0 });
    expect('timeoutMs' in (await requestOf('redirects: 0'))).toBe(false);
  });

  it('may expect a status of several, values, headers, texts and a size', async () => {
    const { expect: expectation } = await requestOf(
      'expect: { status: [200, 304], json: { $.ok: true, "$.items[0].id": null, $.a: { b: [1] } }, ' +
        'headers: { Content-Type: json, ETag: "" }, contains: hello, maxBytes: 1.5kB }',
    );
    expect(expectation).toEqual({
      statuses: [200, 304],
      json: [
        { path: '$.ok', value: true },
        { path: '$.items[0].id', value: null },
        { path: '$.a', value: { b: [1] } },
      ],
      headers: [
        { name: 'content-type', holds: 'json' },
        { name: 'etag', holds: '' },
      ],
      contains: ['hello'],
      maxBytes: 1500,
    });
    const other = await requestOf('expect: { contains: [a, b], maxBytes: 2048 }');
    expect(other.expect).toEqual({ json: [], headers: [], contains: ['a', 'b'], maxBytes: 2048 });
  });

  it('captures one thing or several', async () => {
    expect((await requestOf('capture: { json: $.token, as: token }')).captures).toEqual([
      { as: 'token', from: 'json', path: '$.token' },
    ]);
    const list =
      'capture: [{ header: Location, as: a }, { regex: \'id="(\\d+)"\', as: b, flags: i }, { regex: x, as: c }, ' +
      '{ regex: (x)(?<y>y), as: d, group: 2 }, { regex: (x), as: e, group: 0 }]';
    expect((await requestOf(list)).captures).toEqual([
      { as: 'a', from: 'header', name: 'location' },
      { as: 'b', from: 'regex', pattern: 'id="(\\d+)"', flags: 'i', group: 1 },
      { as: 'c', from: 'regex', pattern: 'x', flags: '', group: 0 },
      { as: 'd', from: 'regex', pattern: '(x)(?<y>y)', flags: '', group: 2 },
      { as: 'e', from: 'regex', pattern: '(x)', flags: '', group: 0 },
    ]);
  });
});

describe('who the user is', () => {
  const target = 'target: { url: http://127.0.0.1:3000, auth: { basic: { user: x, password: 0123 } } }\n';
  const ofTarget = { kind: 'basic', user: 'x', password: '0123' };

  it.each([
    ['stands at the target for every step', 'timeout: 1s', ofTarget],
    ['is said by the step first', 'auth: { bearer: "{{ term }}" }', { kind: 'bearer', token: '{{ term }}' }],
    ['may be nobody', 'auth: none', undefined],
    ['may be said by a header of its own', 'headers: { Authorization: x }', undefined],
  ])('%s', async (_, keys, auth) => {
    expect((await requestOf(keys, target)).auth).toEqual(auth);
  });

  it('holds for the short form, and for what runs before and after', async () => {
    const steps = 'before: [{ get: / }]\nafter: [{ think: 1ms }, { get: / }]\nflows: [{ steps: [{ get: / }] }]\n';
    const { before, after, flows } = await shop.load(`${target}${steps}`);
    const requests = [...before, ...after, ...(flows[0]?.steps ?? [])].filter((step) => step.kind === 'request');
    expect(requests.map(({ auth }) => auth)).toEqual([ofTarget, ofTarget, ofTarget]);
  });
});

describe('a request that cannot be meant so', () => {
  it.each([
    ['json: 1, form: { a: b }', 'form: stands beside json'],
    ['form: { a: b }, file: photo.jpg', 'file: stands beside form'],
    ['file: none.jpg', 'file: none.jpg cannot be read: there is no such file'],
    ['file: .', 'file: . cannot be read: it is a folder'],
    ['auth: {}', 'auth: names no user and no token'],
    ['auth: { basic: { user: a, password: b }, bearer: c }', 'auth.bearer: stands beside basic'],
    [
      'auth: { basic: { user: "a:b", password: c } }',
      'auth.basic.user: holds a colon, at which the password would begin',
    ],
    ['auth: { basic: { user: a } }', 'auth.basic.password is missing'],
    ['auth: { bearer: "a\\nb" }', 'auth.bearer: holds a line end, which would begin another header'],
    ['auth: { bearer: a }, headers: { authorization: b }', 'auth: stands beside the header authorization'],
    ['auth: nobody', 'auth: is none of the values that it may have'],
    ['redirects: 21', 'redirects: 21 is too big'],
    ['redirects: many', 'redirects must be a number or true or false, not a string'],
    ['timeout: 5', 'timeout: "5" is not a duration'],
    ['expect: { status: [] }', 'expect.status: has too few items'],
    ['expect: { status: [99] }', 'expect.status.0: 99 is too small'],
    ['expect: { json: { ok: true } }', "expect.json.ok: is not a JSONPath: expected '$', found 'o' at character 1"],
    ['expect: { json: { $.a: .nan } }', 'expect.json.$.a: it is a number that JSON would not carry unchanged (NaN)'],
    ['expect: { contains: "" }', 'expect.contains: is empty'],
    ['expect: { maxBytes: 10 kB }', 'expect.maxBytes: is not a size'],
    ['expect: { maxBytes: -1 }', 'expect.maxBytes: -1 is too small'],
    ['capture: { as: a }', 'capture: captures nothing'],
    ['capture: { as: a, json: $.a, header: b }', 'capture: has json and header'],
    ['capture: { json: $.a }', 'capture.as is missing'],
    ['capture: { as: a.b, json: $.a }', 'capture.as: is not a name'],
    ['capture: [{ as: a, json: $.a }, { as: a, json: $.b }]', 'capture.1.as: "a" is captured already by this step'],
    [
      'capture: { as: a, json: "$.a[" }',
      'capture.json: is not a JSONPath: unclosed bracketed selection at character 5',
    ],
    [
      'capture: { as: a, json: "$[?foo(@)]" }',
      "capture.json: is not a JSONPath: no such function 'foo' at character 4",
    ],
    ['capture: { as: a, regex: "(" }', 'capture.regex: is not a regular expression: Unterminated group'],
    ['capture: { as: a, regex: a, flags: g }', 'capture.flags: holds a flag that does not fit here'],
    [
      'capture: { as: a, regex: a, flags: ii }',
      "capture.regex: is not a regular expression: Invalid flags supplied to RegExp constructor 'ii'",
    ],
    ['capture: { as: a, regex: a, group: 1 }', 'capture.group: there is no group 1: the expression has no group'],
    ['capture: { as: a, regex: (a), group: 2 }', 'capture.group: there is no group 2: the expression has 1 group'],
    ['capture: { as: a, header: b, group: 1 }', 'capture.group: belongs to a regex'],
    ['capture: { as: term, json: $.a }', 'capture.as: "term" is the name of data'],
    ['capture: [{ as: b, json: $.a }, { as: term, json: $.a }]', 'capture.1.as: "term" is the name of data'],
  ])('%s is refused', async (keys, message) => {
    const failure = await failureOf(requestOf(keys));
    expect(failure.message.replaceAll('flows.0.steps.0.post.', '')).toBe(message);
    expect(failure.at?.line).toBe(3);
    expect(`${failure.message}${failure.hint}`).not.toMatch(/undefined|\[object|\n/);
  });

  it('is one with an expression that nobody would write', async () => {
    for (const source of ['json', 'regex']) {
      const failure = await failureOf(requestOf(`capture: { as: a, ${source}: "${'('.repeat(1001)}" }`));
      expect(failure.message).toBe(`flows.0.steps.0.post.capture.${source}: is longer than an expression may be`);
    }
  });
});
