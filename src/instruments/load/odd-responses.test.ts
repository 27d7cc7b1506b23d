import { setTimeout as sleep } from 'node:timers/promises';
import { gzipSync } from 'node:zlib';
import { afterEach, describe, expect, it } from 'vitest';
import type { Expectation } from '../../model/flow.ts';
import { type RawServer, startRawServer } from '../../testing/raw-server.ts';
import { endpoint, load, loadModels, planOf, request } from '../../testing/sample-load.ts';

// That the counts add up is checked wherever a load ends, in `slice`.

let server: RawServer | undefined;

afterEach(async () => {
  await server?.close();
  server = undefined;
});

async function serve(...args: Parameters<typeof startRawServer>): Promise<RawServer> {
  server = await startRawServer(...args);
  return server;
}

function expects(more: Partial<Expectation>): { readonly expect: Expectation } {
  return { expect: { json: [], headers: [], contains: [], ...more } };
}

const ok = 'HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok';
const alone = { model: { kind: 'closed', connections: 1 } } as const;

const cases = {
  '204 without a length': { step: request('GET /'), status: 204, bytes: 'HTTP/1.1 204 No Content\r\n\r\n' },
  '304 with the length of what it does not send': {
    step: request('GET /', expects({ statuses: [304] })),
    status: 304,
    bytes: 'HTTP/1.1 304 Not Modified\r\nContent-Length: 1234\r\n\r\n',
  },
  'to HEAD with the length of what it does not send': {
    step: request('HEAD /', expects({ maxBytes: 0 })),
    status: 200,
    bytes: 'HTTP/1.1 200 OK\r\nContent-Length: 1234\r\n\r\n',
  },
  'to HEAD without a length': { step: request('HEAD /'), status: 200, bytes: 'HTTP/1.1 200 OK\r\n\r\n' },
  'to HEAD that would be chunked': {
    step: request('HEAD /'),
    status: 200,
    bytes: 'HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n',
  },
  'in chunks, with a trailer': {
    step: request('GET /', expects({ contains: ['Wikipedia'], maxBytes: 9 })),
    status: 200,
    bytes: 'HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n4\r\nWiki\r\n5;x=y\r\npedia\r\n0\r\nX-Sum: 1\r\n\r\n',
  },
  'in chunks, whatever its length tells': {
    step: request('GET /', expects({ contains: ['Wiki'] })),
    status: 200,
    bytes: 'HTTP/1.1 200 OK\r\nContent-Length: 2\r\nTransfer-Encoding: Chunked\r\n\r\n4\r\nWiki\r\n0\r\n\r\n',
  },
  'compressed by the transfer, in chunks': {
    step: request('GET /'),
    status: 200,
    bytes: 'HTTP/1.1 200 OK\r\nTransfer-Encoding: gzip, chunked\r\n\r\n4\r\nzzzz\r\n0\r\n\r\n',
  },
  'with a body of no bytes': {
    step: request('GET /', expects({ maxBytes: 0 })),
    status: 200,
    bytes: 'HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n',
  },
  'after 100 Continue and 103 Early Hints': {
    step: request('POST /', {
      body: { kind: 'text', text: 'x' },
      headers: { expect: '100-continue' },
      ...expects({ headers: [{ name: 'x-final', holds: 'yes' }], contains: ['!'], maxBytes: 1 }),
    }),
    status: 201,
    bytes:
      'HTTP/1.1 100 Continue\r\nX-Final: no\r\n\r\nHTTP/1.1 103 Early Hints\r\nLink: </a>\r\nContent-Length: 70\r\n\r\nHTTP/1.1 201 Created\r\nContent-Length: 1\r\nX-Final: yes\r\n\r\n!',
  },
};

describe.each(Object.entries(cases))('a response %s', (_, { step, status, bytes }) => {
  it.each(Object.values(loadModels))(
    'is read to its end, on a connection that goes on ($kind model)',
    async (model) => {
      const { url, accepted, requests } = await serve((socket) => socket.write(bytes));
      const round = endpoint(await load(planOf(url, [step], { model }), 120));
      expect(round.answered).toBeGreaterThan(5);
      expect(round).toMatchObject({ due: round.answered, failures: {}, statuses: { [status]: round.answered } });
      expect(round.bytes).toBe(round.answered * bytes.length);
      expect(requests).toHaveLength(round.sent);
      expect(accepted()).toBeLessThanOrEqual(10);
      if (model.kind === 'closed') expect(accepted()).toBe(4);
    },
  );

  it('is the same byte by byte', async () => {
    const { url, accepted } = await serve((socket) => {
      socket.setNoDelay(true);
      void (async () => {
        for (const byte of bytes) {
          socket.write(byte);
          await sleep(0);
        }
      })();
    });
    const round = endpoint(await load(planOf(url, [step], { ...alone, timeoutMs: 5000 }), 150));
    expect(round.answered).toBeGreaterThan(0);
    expect(round).toMatchObject({ due: round.answered, failures: {}, bytes: round.answered * bytes.length });
    expect(accepted()).toBe(1);
  });
});

describe.each(Object.values(loadModels))('in the $kind model, a response', (model) => {
  it('in chunks that split its characters is whole', async () => {
    const body = Buffer.from('{"name":"Zoë Ωμέγα 🦜"}');
    const { url } = await serve((socket, { path }) => {
      if (path !== '/') {
        socket.write(ok);
        return;
      }
      socket.setNoDelay(true);
      socket.write('HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nTransfer-Encoding: chunked\r\n\r\n');
      void (async () => {
        for (const byte of body) {
          socket.write(Buffer.concat([Buffer.from('1\r\n'), Buffer.of(byte), Buffer.from('\r\n')]));
          await sleep(0);
        }
        socket.write('0\r\n\r\n');
      })();
    });
    const captures = [{ as: 'name', from: 'json', path: '$.name' }] as const;
    const steps = [request('GET /', { captures, ...expects({ contains: ['Ωμέγα 🦜'] }) }), request('GET /{{ name }}')];
    const round = await load(planOf(url, steps, { model, timeoutMs: 5000 }), 300);
    expect(endpoint(round, 'GET /')).toMatchObject({ failures: {}, troubles: {}, timedOut: 0 });
    const paths = server?.requests.map(({ path }) => decodeURIComponent(path)).filter((path) => path !== '/');
    expect(new Set(paths)).toEqual(new Set(['/Zoë Ωμέγα 🦜']));
  });

  it('of 20 MB is read to its last byte', async () => {
    const size = 20 * 2 ** 20;
    const body = Buffer.alloc(size, 'x');
    body.write('end', size - 3);
    const head = `HTTP/1.1 200 OK\r\nContent-Length: ${size}\r\n\r\n`;
    const { url, requests } = await serve((socket) => {
      socket.write(head);
      socket.write(body);
    });
    const step = request('GET /', expects({ contains: ['xend'], maxBytes: size }));
    const plan = planOf(url, [step], { model: { ...model, connections: 2 }, timeoutMs: 20_000 });
    const round = endpoint(await load(plan, 50));
    expect(round.answered).toBeGreaterThan(1);
    expect(round).toMatchObject({ due: round.answered, failures: {}, bytes: round.answered * (head.length + size) });
    expect(requests).toHaveLength(round.sent);
  }, 60_000);

  it('without a length, to the end of its connection, is whole', async () => {
    const bytes = 'HTTP/1.1 200 OK\r\n\r\nall of it';
    const { url } = await serve((socket) => socket.end(bytes));
    const step = request('GET /', expects({ contains: ['all of it'], maxBytes: 9 }));
    const round = endpoint(await load(planOf(url, [step], { model }), 150));
    expect(round.answered).toBeGreaterThan(5);
    expect(round).toMatchObject({ due: round.answered, failures: {}, bytes: round.answered * bytes.length });
  });

  it('shorter than its length, and then the end of the connection, is lost', async () => {
    const { url, requests } = await serve((socket) => socket.end('HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nshort'));
    const round = endpoint(await load(planOf(url, [request('GET /')], { model }), 150));
    expect(round.lost).toBeGreaterThan(3);
    expect(round).toMatchObject({ sent: round.lost, answered: 0, bytes: 0 });
    expect(requests).toHaveLength(round.sent);
  });

  it('shorter than its length, on a connection that stays open, times out', async () => {
    const { url, requests } = await serve((socket) =>
      socket.write('HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nshort'),
    );
    const round = endpoint(await load(planOf(url, [request('GET /')], { model, timeoutMs: 100 }), 150));
    expect(round.timedOut).toBeGreaterThan(3);
    expect(round).toMatchObject({ due: round.timedOut, answered: 0, bytes: 0 });
    expect(requests).toHaveLength(round.sent);
  });

  it('longer than its length is what the length tells, and the rest is never part of another', async () => {
    const told = 'HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhello';
    const { url, requests } = await serve((socket) => socket.write(`${told}, world`));
    const step = request('GET /', expects({ contains: ['hello'], maxBytes: 5 }));
    const round = endpoint(await load(planOf(url, [step], { model }), 150));
    expect(round.answered).toBeGreaterThan(5);
    expect(round).toMatchObject({ due: round.answered, failures: {}, bytes: round.answered * told.length });
    expect(requests).toHaveLength(round.sent);
  });

  it('with a second one behind it that nobody asked for counts once', async () => {
    const { url } = await serve((socket) => socket.write(`${ok}HTTP/1.1 500 Surplus\r\nContent-Length: 0\r\n\r\n`));
    const round = endpoint(await load(planOf(url, [request('GET /')], { model }), 150));
    expect(round.answered).toBeGreaterThan(5);
    expect(round).toMatchObject({ failed: 0, statuses: { 200: round.answered }, bytes: round.answered * ok.length });
  });

  it('with the beginning of a second one behind it is not continued on that connection', async () => {
    const { url } = await serve((socket) => {
      socket.write(`${ok}HTTP/1.1 500 Sur`);
      setTimeout(() => socket.write('plus\r\nContent-Length: 0\r\n\r\n'), 2);
    });
    const round = endpoint(await load(planOf(url, [request('GET /')], { model }), 150));
    expect(round.answered).toBeGreaterThan(5);
    expect(round).toMatchObject({ lost: 0, failed: 0, statuses: { 200: round.answered } });
  });
});

describe('a response', () => {
  it('is read with the bytes of its headers as they are', async () => {
    const { url } = await serve((socket) =>
      socket.write('HTTP/1.1 200 OK\r\nX-City: Köln\r\nContent-Length: 0\r\n\r\n', 'utf8'),
    );
    const step = request('GET /', expects({ headers: [{ name: 'x-city', holds: 'Köln' }] }));
    expect(endpoint(await load(planOf(url, [step]), 50)).failures).toEqual({});
  });

  it('may have a large head after one with a large body', async () => {
    // So long that its last chunk is a full one of 64 KB, in most cases.
    const head = 'HTTP/1.1 200 OK\r\nContent-Length: 262101\r\n\r\n';
    const large = head + 'x'.repeat(4 * 2 ** 16 - head.length);
    const { url } = await serve((socket, { path }) => {
      if (path === '/body') {
        socket.write(large);
        return;
      }
      socket.setNoDelay(true);
      socket.write(`HTTP/1.1 200 OK\r\nX: ${'x'.repeat(30_000)}`);
      setTimeout(() => socket.write(`${'x'.repeat(30_000)}\r\nContent-Length: 0\r\n\r\n`), 3);
    });
    const plan = planOf(url, [request('GET /body'), request('GET /head')], { ...alone, timeoutMs: 5000 });
    const round = await load(plan, 150);
    expect(round.trouble).toBeUndefined();
    expect(endpoint(round, 'GET /head').answered).toBeGreaterThan(3);
  });

  it('that is compressed is counted as it came', async () => {
    const body = gzipSync('needle'.repeat(1000));
    const head = `HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\nContent-Length: ${body.length}\r\n\r\n`;
    const { url } = await serve((socket) => socket.write(Buffer.concat([Buffer.from(head), body])));
    const step = request('GET /', expects({ contains: ['needleneedle'], maxBytes: body.length }));
    const round = endpoint(await load(planOf(url, [step]), 50));
    expect(round).toMatchObject({ failures: {}, bytes: round.answered * (head.length + body.length) });
  });

  it.each([
    ['a greeting', 'SSH-2.0-OpenSSH_9.2\r\n'],
    ['a negative length', 'HTTP/1.1 200 OK\r\nContent-Length: -40\r\n\r\n'],
    ['a negative length and a body', 'HTTP/1.1 200 OK\r\nContent-Length: -40\r\n\r\nxx'],
    ['a length that is no number', 'HTTP/1.1 200 OK\r\nContent-Length: two\r\n\r\nxx'],
    ['two lengths', 'HTTP/1.1 200 OK\r\nContent-Length: 2\r\nContent-Length: 3\r\n\r\nxx'],
    ['a chunk of negative length', 'HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n-5\r\nxxxxx\r\n'],
    ['a chunk without length', 'HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nfour\r\nxxxx\r\n0\r\n\r\n'],
    ['a head without end', `HTTP/1.1 200 OK\r\nX: ${'x'.repeat(100_000)}`],
  ])('that is %s in place of HTTP is lost', async (_, bytes) => {
    const { url, requests } = await serve((socket) => socket.write(bytes));
    const round = await load(planOf(url, [request('GET /')]), 100);
    const { due, sent, lost } = endpoint(round);
    expect(lost).toBeGreaterThan(0);
    expect(due).toBe(lost);
    expect(requests).toHaveLength(sent);
    expect(round.trouble).toContain('not HTTP');
  });
});
