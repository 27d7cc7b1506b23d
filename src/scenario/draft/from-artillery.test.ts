import { describe, expect, it } from 'vitest';
import { stringify } from 'yaml';
import type { DraftInput } from './draft.ts';
import { draftScenario } from './draft-scenario.ts';

const target = 'http://127.0.0.1:3000';

function draft(document: object, readBeside: DraftInput['readBeside'] = () => undefined) {
  const text = stringify(document);
  return draftScenario({ text, file: 'load/shop.yml', options: {}, readBeside });
}

const withConfig = (config: object) => ({ config: { target, ...config }, scenarios: [{ flow: [{ get: '/' }] }] });
const withFlow = (flow: readonly object[], config: object = {}) => ({
  config: { target, ...config },
  scenarios: [{ flow }],
});
const stepsOf = (flow: readonly object[], config: object = {}) =>
  draft(withFlow(flow, config)).scenario.flows[0]?.steps;
/** What is left out of the one step beside a request that is fine. */
const leftOut = (step: object) => draft(withFlow([step, { get: '/' }])).leftOut;

describe('phases', () => {
  const loadOf = (phases: readonly object[]) => draft(withConfig({ phases })).scenario.load;

  it('are rates, ramps, counts and pauses', () => {
    expect(
      loadOf([
        { duration: '1 minute', arrivalRate: '5' },
        { duration: 2.5, arrivalRate: 5, rampTo: 10 },
        { pause: '500ms' },
        { duration: 4, arrivalCount: 10 },
      ]),
    ).toEqual({
      phases: [
        { duration: '1m', rate: '5/s' },
        { duration: '2500ms', rate: '5/s', rampTo: '10/s' },
        { duration: '500ms', rate: '0/s' },
        { duration: '4s', rate: '2.5/s' },
      ],
      rounds: 1,
    });
  });

  it('warm up by their name, where they come first and something is left to count', () => {
    const warm = { name: 'warm-up', duration: 1, arrivalRate: 1 };
    const main = { name: 'main', duration: 1, arrivalRate: 1 };
    const flags = (phases: readonly object[]) => loadOf(phases)?.phases?.map(({ warmup }) => warmup ?? false);
    expect(flags([warm, main, warm])).toEqual([true, false, false]);
    expect(flags([warm, warm])).toEqual([false, false]);
    expect(flags([warm, { pause: 1 }])).toEqual([false, false]);
  });

  it.each<[object, string]>([
    [{ duration: 'long', arrivalRate: 1 }, 'its duration is no number of seconds'],
    [{ duration: 1, arrivalRate: '{{ rate }}' }, 'its arrivalRate is no number'],
    [{ duration: 1, arrivalRate: -1 }, 'its rate is out of range'],
    [{ duration: 1e9, arrivalRate: 1 }, 'its duration is out of range'],
  ])('%o is left out', (phase, why) => {
    expect(draft(withConfig({ phases: [phase] })).leftOut).toEqual([{ what: 'config.phases[0]', why }]);
  });
});

describe('data', () => {
  const users = { path: 'users.csv', fields: ['name', 'password'] };
  const withUsers = { config: { target, payload: users }, scenarios: [{ flow: [{ get: '/{{ name }}' }] }] };

  it('is a CSV file by its path, where its header line names the fields', () => {
    const { scenario, leftOut } = draft(withUsers, (path) => ({
      text: 'name,password\nada,x\n',
      path: `../load/${path}`,
    }));
    expect(scenario.data).toEqual([{ as: 'users', path: '../load/users.csv' }]);
    expect(scenario.flows[0]?.steps).toEqual([{ get: '/{{ users.name }}' }]);
    expect(leftOut).toEqual([]);
  });

  it.each<[string, string | undefined, RegExp]>([
    ['has no header line', 'ada,x\ngrace,y\n', /wants a header line first: name,password/],
    ['has no rows', 'name,password\n', /has no rows/],
    ['is ragged', 'name,password\nada\n', /ragged/],
    ['is not there', undefined, /cannot be read/],
  ])('is a row of placeholders where the file %s', (_, text, why) => {
    const { scenario, leftOut } = draft(withUsers, (path) => (text === undefined ? undefined : { text, path }));
    expect(scenario.data).toEqual([{ as: 'users', values: [{ name: 'change-me', password: 'change-me' }] }]);
    expect(leftOut).toEqual([{ what: 'config.payload', why: expect.stringMatching(why) }]);
  });

  it.each(['/etc/passwd.csv', '../../secrets.csv', 'a/../../b.csv', '..\\b.csv', 'C:\\b.csv'])(
    'is never read from %s',
    (path) => {
      const asked: string[] = [];
      const { leftOut } = draft(withConfig({ payload: { path, fields: ['a'] } }), (file) => {
        asked.push(file);
        return { text: 'a\n1\n', path: file };
      });
      expect({ asked, leftOut }).toMatchObject({
        asked: [],
        leftOut: [{ why: expect.stringContaining('beside or below') }],
      });
    },
  );

  it('is what variables list, secrets apart', () => {
    const variables = { size: [1, 2], shop: 'a${HOME}', token: 's3cr3t', nested: { a: 1 } };
    const { scenario, leftOut } = draft(withConfig({ variables }));
    expect(scenario.data).toEqual([
      { as: 'size', values: ['1', '2'] },
      { as: 'shop', values: ['a$${HOME}'] },
      { as: 'token', values: ['${TARGET_TOKEN:-change-me}'] },
    ]);
    expect(leftOut).toEqual([{ what: 'config.variables.nested', why: 'its values are not plain texts' }]);
  });
});

describe('a step', () => {
  it('hands what it captures to those that follow', () => {
    expect(
      stepsOf([
        {
          get: {
            url: '/a',
            capture: [
              { json: '$.id', as: 'id' },
              { header: 'ETag', as: 'tag' },
              { regexp: 'x(\\d+)', group: 1, flags: 'gi', as: 'x' },
            ],
          },
        },
        { post: { url: '/b/{{id}}?x={{ x }}', json: { id: '{{ id }}', n: 1 }, headers: { 'If-Match': '{{ tag }}' } } },
      ]),
    ).toEqual([
      {
        get: {
          url: '/a',
          capture: [
            { json: '$.id', as: 'id' },
            { header: 'etag', as: 'tag' },
            { regex: 'x(\\d+)', flags: 'i', group: 1, as: 'x' },
          ],
        },
      },
      { post: { url: '/b/{{ id }}?x={{ x }}', headers: { 'if-match': '{{ tag }}' }, json: { id: '{{ id }}', n: 1 } } },
    ]);
  });

  it('captures under another name where data has that one already', () => {
    const flow = [
      { get: '/{{ id }}' },
      { get: { url: '/', capture: { json: '$.id', as: 'id' } } },
      { get: '/{{ id }}' },
    ];
    expect(stepsOf(flow, { variables: { id: [1] } })).toEqual([
      { get: '/{{ id }}' },
      { get: { url: '/', capture: { json: '$.id', as: 'id2' } } },
      { get: '/{{ id2 }}' },
    ]);
  });

  it('has the default headers, unless it says otherwise', () => {
    const config = { defaults: { headers: { Accept: 'text/plain', 'X-A': '1' } } };
    expect(stepsOf([{ get: { url: '/', headers: { accept: 'text/html' } } }], config)).toEqual([
      { get: { url: '/', headers: { accept: 'text/html', 'x-a': '1' } } },
    ]);
  });

  it('is at a path of the target', () => {
    expect(stepsOf([{ get: `${target}/a` }, { get: 'b' }, { get: target }, { get: '/c d#e' }])).toEqual([
      { get: '/a' },
      { get: '/b' },
      { get: '/' },
      { get: '/c%20d' },
    ]);
  });

  it('that thinks is a pause', () => {
    expect(stepsOf([{ think: 1 }, { think: '250ms' }, { get: '/' }])).toEqual([
      { think: '1s' },
      { think: '250ms' },
      { get: '/' },
    ]);
  });

  it.each<[object, string, string]>([
    [{ loop: [{ get: '/' }], count: 2 }, '', 'loop has no counterpart'],
    [{ function: 'f' }, '', 'function has no counterpart'],
    [{ get: { url: '/{{ $uuid }}' } }, '', 'it uses {{ $uuid }}, which only Artillery fills in'],
    [{ get: { url: '/{{ nobody }}' } }, '', 'it uses {{ nobody }}, which nothing in the draft defines'],
    [{ get: { url: '/', ifTrue: 'x' } }, '', 'its ifTrue has no counterpart'],
    [{ post: { url: '/', formData: { a: 1 } } }, '', 'its formData has no counterpart'],
    [{ get: 'https://elsewhere.example/' }, '', 'its url is that of another service'],
    [{ get: '/a?token=s3cr3t' }, '', 'its url holds a credential'],
    [{ get: { url: '/', cookie: { a: 'b' } } }, '.cookie', 'it has no counterpart'],
    [{ get: { url: '/', beforeRequest: 'f' } }, '.beforeRequest', 'it has no counterpart'],
    [{ get: { url: '/', capture: { json: '$[', as: 'x' } } }, '.capture', 'its JSONPath is none of RFC 9535'],
    [
      { get: { url: '/', capture: { regexp: '(', as: 'x' } } },
      '.capture',
      'its regular expression or its group is not valid',
    ],
    [{ get: { url: '/', headers: { Cookie: 'a=s3cr3t' } } }, '.headers.cookie', 'each user keeps its own cookies'],
    [{ get: { url: '/', expect: { cdnHit: true } } }, '.expect.cdnHit', 'this expectation has no counterpart'],
    [{ post: { url: '/', body: '{"password": "s3cr3t"}' } }, '', 'its body may hold a secret'],
    ['nothing' as unknown as object, '', 'it is no step'],
  ])('%o is named where it is left out', (step, place, why) => {
    expect(leftOut(step)).toEqual([{ what: `scenarios[0].flow[0]${place}`, why }]);
  });

  it.each<[string, object]>([
    ['a header', { headers: { Authorization: 'Bearer s3cr3t' } }],
    ['a header by its value', { headers: { 'X-Who': 'eyJhbGciOiJIUzI1NiJ9.s3cr3t.x' } }],
    ['a password', { auth: { user: 'ada', pass: 's3cr3t' } }],
    ['a field of JSON', { json: { a: [{ password: 's3cr3t' }] } }],
    ['a field of a form', { form: { token: 's3cr3t' } }],
    ['a parameter', { qs: { api_key: 's3cr3t' } }],
  ])('does not write %s that is secret', (_, part) => {
    expect(JSON.stringify(stepsOf([{ post: { url: '/', ...part } }]))).not.toContain('s3cr3t');
  });

  it('keeps a dollar before what is filled in from becoming a variable', () => {
    expect(stepsOf([{ post: { url: '/', json: { a: '${{ x }}${HOME}' } } }], { variables: { x: '1' } })).toEqual([
      { post: { url: '/', json: { a: '$${{ x }}$${HOME}' } } },
    ]);
  });
});

describe('scenarios', () => {
  it('are flows with their weights, under names of their own', () => {
    const flow = [{ get: '/' }];
    const scenarios = [
      { name: 'a', weight: 2, flow },
      { name: 'a', flow },
      { flow },
      { weight: 0, flow },
      { engine: 'socketio', flow },
    ];
    const { scenario, leftOut } = draft({ config: { target }, scenarios });
    const steps = [{ get: '/' }];
    expect(scenario.flows).toEqual([{ name: 'a', weight: 2, steps }, { name: 'a2', steps }, { steps }]);
    expect(leftOut).toEqual([
      { what: 'scenarios[3]', why: 'its weight is not above 0' },
      { what: 'scenarios[4]', why: 'the engine socketio' },
    ]);
  });

  it('know what was captured before, and not what another of them captured', () => {
    const capture = (as: string) => ({ post: { url: '/', capture: { json: '$.a', as } } });
    const { scenario, leftOut } = draft({
      config: { target },
      before: { flow: [capture('early')] },
      scenarios: [
        { flow: [capture('own'), { get: '/{{ early }}/{{ own }}' }] },
        { flow: [{ get: '/' }, { get: '/{{ own }}' }] },
      ],
      after: { flow: [{ delete: '/{{ early }}' }] },
    });
    expect(scenario.flows[0]?.steps[1]).toEqual({ get: '/{{ early }}/{{ own }}' });
    expect(scenario.after).toEqual([{ delete: '/{{ early }}' }]);
    expect(leftOut).toEqual([
      { what: 'scenarios[1].flow[1]', why: 'it uses {{ own }}, which nothing in the draft defines' },
    ]);
  });
});

it('leaves a draft of twenty thousand pauses small enough to be loaded', () => {
  const flow = [{ get: '/' }, ...Array.from({ length: 20_000 }, () => ({ think: 1 }))];
  expect(stringify(draft(withFlow(flow)).scenario).length).toBeLessThan(256 * 1024);
});
