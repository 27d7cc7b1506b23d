/** `GET /a` as a step of a scenario in which everything has its default. */
export function request(text, more = {}) {
  const [method, url] = text.split(' ');
  return {
    kind: 'request',
    method,
    url,
    endpoint: text,
    headers: {},
    query: [],
    expect: { json: [], headers: [], contains: [] },
    captures: [],
    redirects: 0,
    ...more,
  };
}

/** What is expected of each step of {@link flow}: its status, and one value in its body. */
const expecting = (path, value) => ({ statuses: [200], json: [{ path, value }], headers: [], contains: [] });

/** One request and nothing looked at, as autocannon does it. */
export const flat = [request('GET /flat')];

/** Three requests of which each needs what the one before captured. */
export const flow = [
  request('POST /login', {
    headers: { 'content-type': 'application/json' },
    body: { kind: 'json', text: '{"user":"ada","password":"analytical"}' },
    expect: expecting('$.user.id', 7),
    captures: [{ as: 'token', from: 'json', path: '$.token' }],
  }),
  request('GET /items?page=1', {
    headers: { authorization: 'Bearer {{ token }}' },
    expect: expecting('$.total', 1),
    captures: [{ as: 'item', from: 'json', path: '$.items[0].id' }],
  }),
  request('GET /items/{{ item }}', {
    endpoint: 'GET /items/:id',
    headers: { authorization: 'Bearer {{ token }}' },
    expect: expecting('$.ok', true),
  }),
];
