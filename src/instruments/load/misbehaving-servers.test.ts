import { once } from 'node:events';
import net from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterEach, describe, expect, it } from 'vitest';
import { createRandom } from '../../model/random.ts';
import { type RawServer, startRawServer } from '../../testing/raw-server.ts';
import { endpoint, load, planOf, request, slice } from '../../testing/sample-load.ts';
import { startGenerator } from './generator.ts';

let server: RawServer | undefined;

afterEach(async () => {
  await server?.close();
  server = undefined;
});

async function serve(...args: Parameters<typeof startRawServer>): Promise<RawServer> {
  server = await startRawServer(...args);
  return server;
}

const ok = 'HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok';

describe('a server that closes', () => {
  it('after each response, and says so: nothing is lost', async () => {
    const { url, accepted } = await serve((socket) => {
      socket.end('HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Length: 2\r\n\r\nok');
    });
    const round = endpoint(await load(planOf(url, [request('GET /')]), 200));
    expect(round.answered).toBeGreaterThan(20);
    expect(round).toMatchObject({ sent: round.answered, failed: 0, lost: 0, timedOut: 0 });
    expect(accepted()).toBeGreaterThanOrEqual(round.answered);
  });

  it('after each response as HTTP/1.0 does: nothing is lost', async () => {
    const { url } = await serve((socket) => {
      socket.end('HTTP/1.0 200 OK\r\nContent-Length: 2\r\n\r\nok');
    });
    const round = endpoint(await load(planOf(url, [request('GET /')]), 150));
    expect(round.answered).toBeGreaterThan(20);
    expect(round.lost).toBe(0);
  });

  it('to end a body without length: the body is complete, in all its bytes', async () => {
    const response = `HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\n\r\n${'x'.repeat(100_000)}`;
    const { url } = await serve((socket) => socket.end(response));
    const round = endpoint(await load(planOf(url, [request('GET /')]), 150));
    expect(round.answered).toBeGreaterThan(5);
    expect(round.lost).toBe(0);
    expect(round.bytes).toBe(round.answered * response.length);
  });

  it('at any moment: no response is paired with another request', async () => {
    const random = createRandom(11);
    const { url } = await serve((socket, { path }) => {
      const status = path.slice(1);
      const response = `HTTP/1.1 ${status} Said\r\nContent-Length: 5\r\n\r\n${status}!\n`;
      const dice = random();
      if (dice < 0.05) socket.destroy();
      else if (dice < 0.1) socket.resetAndDestroy();
      else if (dice < 0.15) socket.end(response.slice(0, 20));
      else if (dice < 0.2) socket.end(response.slice(0, -2));
      else if (dice < 0.25) socket.end(response);
      else if (dice < 0.35) setTimeout(() => socket.end(response), 3);
      else if (dice < 0.5) {
        socket.write(response.slice(0, 30));
        setTimeout(() => socket.write(response.slice(30)), 1);
      } else socket.write(response);
    });
    const steps = Array.from({ length: 13 }, (_, index) =>
      request(`GET /${200 + index}`, { expect: { status: 200 + index } }),
    ).filter(({ url: path }) => path !== '/204');
    const round = await load(planOf(url, steps, { connections: 6 }), 1000);
    const rounds = Object.entries(round.endpoints);
    for (const [name, { sent, answered, failed, timedOut, lost, statuses }] of rounds) {
      expect({ name, failed, statuses }).toEqual({ name, failed: 0, statuses: { [name.slice(5)]: answered } });
      expect(sent).toBe(answered + timedOut + lost);
      expect(answered).toBeGreaterThan(0);
    }
    expect(rounds.reduce((sum, [, { lost }]) => sum + lost, 0)).toBeGreaterThan(0);
  });

  it('an idle connection while the load is paused: it is opened again, and nothing is lost', async () => {
    const { url, sockets, accepted } = await serve((socket) => socket.write(ok));
    const generator = startGenerator(planOf(url, [request('GET /')]));
    expect(endpoint(await slice(generator, 50)).lost).toBe(0);
    for (const socket of sockets) socket.end();
    await sleep(50);
    expect(accepted()).toBe(8);
    const round = endpoint(await slice(generator, 50));
    expect(round.answered).toBeGreaterThan(0);
    expect(round.lost).toBe(0);
    await generator.close();
  });

  it('an idle connection with a 408 that nobody asked for: that is no answer', async () => {
    const { url, sockets } = await serve((socket) => socket.write(ok));
    const generator = startGenerator(planOf(url, [request('GET /')]));
    await slice(generator, 50);
    for (const socket of sockets) socket.end('HTTP/1.1 408 Request Timeout\r\nConnection: close\r\n\r\n');
    await sleep(50);
    const round = endpoint(await slice(generator, 50));
    expect(Object.keys(round.statuses)).toEqual(['200']);
    expect(round.lost).toBe(0);
    await generator.close();
  });
});

describe('a server that does not answer', () => {
  it('in time: counted with the time waited, and a late answer is not paired with the next request', async () => {
    const { url } = await serve((socket, { path }) => {
      if (path === '/fast') socket.write(ok);
      else setTimeout(() => socket.write('HTTP/1.1 500 Late\r\nContent-Length: 0\r\n\r\n'), 120);
    });
    const plan = planOf(url, [request('GET /fast'), request('GET /stall')], { timeoutMs: 100 });
    const round = await load(plan, 450);
    const stall = endpoint(round, 'GET /stall');
    expect(stall.timedOut).toBeGreaterThanOrEqual(8);
    expect(stall).toMatchObject({ sent: stall.timedOut, answered: 0, lost: 0, statuses: {} });
    expect(stall.latency.count).toBe(stall.timedOut);
    expect(stall.latency.minUs).toBeGreaterThanOrEqual(100_000);
    const fast = endpoint(round, 'GET /fast');
    expect(fast.statuses).toEqual({ 200: fast.sent });
  });

  it('and resets the connection in the middle of the body: lost, not answered', async () => {
    const { url } = await serve((socket) => {
      socket.write('HTTP/1.1 200 OK\r\nContent-Length: 10000\r\n\r\nbegin');
      setTimeout(() => socket.resetAndDestroy(), 5);
    });
    const round = endpoint(await load(planOf(url, [request('GET /')]), 200));
    expect(round.lost).toBeGreaterThan(0);
    expect(round).toMatchObject({ sent: round.lost, answered: 0, bytes: 0 });
    expect(round.latency.count).toBe(0);
  });

  it('because nothing listens: lost, with pauses between the attempts', async () => {
    const free = net.createServer().listen(0, '127.0.0.1');
    await once(free, 'listening');
    const { port } = free.address() as net.AddressInfo;
    free.close();
    await once(free, 'close');
    const round = await load(planOf(`http://127.0.0.1:${port}`, [request('GET /')], { connections: 2 }), 400);
    const { sent, lost } = endpoint(round);
    expect(lost).toBeGreaterThanOrEqual(2);
    expect(lost).toBeLessThanOrEqual(16);
    expect(sent).toBe(lost);
    expect(round.trouble).toBe('ECONNREFUSED');
  });

  it('but closes each connection as it is made: lost, with pauses between the attempts', async () => {
    const { url, accepted } = await serve(() => undefined, { onConnection: (socket) => socket.destroy() });
    const round = endpoint(await load(planOf(url, [request('GET /')], { connections: 2 }), 400));
    expect(round.answered).toBe(0);
    expect(round.sent).toBe(round.lost);
    expect(accepted()).toBeLessThanOrEqual(20);
  });

  it('at first, and then comes up: the connections are made', async () => {
    let isUp = false;
    const { url } = await serve((socket) => socket.write(ok), {
      onConnection: (socket) => !isUp && socket.destroy(),
    });
    const generator = startGenerator(planOf(url, [request('GET /')]));
    await slice(generator, 60);
    isUp = true;
    await slice(generator, 300);
    expect(endpoint(await slice(generator, 50))).toMatchObject({
      lost: 0,
      failed: 0,
      statuses: { 200: expect.any(Number) },
    });
    await generator.close();
  });
});

describe('a response', () => {
  const cases = {
    '204 without a length': { step: request('GET /'), status: 204, bytes: 'HTTP/1.1 204 No Content\r\n\r\n' },
    '304 with the length of what it does not send': {
      step: request('GET /', { expect: { status: 304 } }),
      status: 304,
      bytes: 'HTTP/1.1 304 Not Modified\r\nContent-Length: 1234\r\n\r\n',
    },
    'to HEAD with the length of what it does not send': {
      step: request('HEAD /'),
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
      step: request('GET /'),
      status: 200,
      bytes:
        'HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n4\r\nWiki\r\n5;x=y\r\npedia\r\n0\r\nX-Sum: 1\r\n\r\n',
    },
    'with a body of no bytes': {
      step: request('GET /'),
      status: 200,
      bytes: 'HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n',
    },
    'after 100 Continue and 103 Early Hints': {
      step: request('POST /', { body: 'x', headers: { expect: '100-continue' } }),
      status: 201,
      bytes:
        'HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 103 Early Hints\r\nLink: </a>\r\n\r\nHTTP/1.1 201 Created\r\nContent-Length: 1\r\n\r\n!',
    },
  };

  it.each(Object.entries(cases))(
    '%s is read to its end, on a connection that goes on',
    async (_, { step, status, bytes }) => {
      const { url, accepted } = await serve((socket) => socket.write(bytes));
      const round = endpoint(await load(planOf(url, [step]), 60));
      expect(round.answered).toBeGreaterThan(5);
      expect(round).toMatchObject({ sent: round.answered, failed: 0, statuses: { [status]: round.answered } });
      expect(round.bytes).toBe(round.answered * bytes.length);
      expect(accepted()).toBe(4);
    },
  );

  it('that comes byte by byte is the same response', async () => {
    const { bytes, step } = cases['in chunks, with a trailer'];
    const { url } = await serve((socket) => {
      socket.setNoDelay(true);
      void (async () => {
        for (const byte of bytes) {
          socket.write(byte);
          await sleep(0);
        }
      })();
    });
    const round = endpoint(await load(planOf(url, [step], { connections: 1 }), 300));
    expect(round.answered).toBeGreaterThan(0);
    expect(round).toMatchObject({ sent: round.answered, bytes: round.answered * bytes.length });
  });

  it('with a second one behind it that nobody asked for counts once', async () => {
    const { url } = await serve((socket) => socket.write(`${ok}HTTP/1.1 500 Surplus\r\nContent-Length: 0\r\n\r\n`));
    const round = endpoint(await load(planOf(url, [request('GET /')]), 100));
    expect(round.answered).toBeGreaterThan(5);
    expect(round).toMatchObject({ failed: 0, statuses: { 200: round.answered } });
  });

  it('with the beginning of a second one behind it is not continued on that connection', async () => {
    const { url } = await serve((socket) => {
      socket.write(`${ok}HTTP/1.1 500 Sur`);
      setTimeout(() => socket.write('plus\r\nContent-Length: 0\r\n\r\n'), 2);
    });
    const round = endpoint(await load(planOf(url, [request('GET /')]), 100));
    expect(round.answered).toBeGreaterThan(5);
    expect(round).toMatchObject({ lost: 0, failed: 0, statuses: { 200: round.answered } });
  });

  it.each([
    ['a greeting', 'SSH-2.0-OpenSSH_9.2\r\n'],
    ['a negative length', 'HTTP/1.1 200 OK\r\nContent-Length: -40\r\n\r\nxx'],
    ['a length that is no number', 'HTTP/1.1 200 OK\r\nContent-Length: two\r\n\r\nxx'],
    ['two lengths', 'HTTP/1.1 200 OK\r\nContent-Length: 2\r\nContent-Length: 3\r\n\r\nxx'],
    ['a chunk of negative length', 'HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n-5\r\nxxxxx\r\n'],
    ['a head without end', `HTTP/1.1 200 OK\r\nX: ${'x'.repeat(100_000)}`],
  ])('that is %s in place of HTTP is lost', async (_, bytes) => {
    const { url } = await serve((socket) => socket.write(bytes));
    const round = await load(planOf(url, [request('GET /')]), 100);
    const { sent, lost } = endpoint(round);
    expect(lost).toBeGreaterThan(0);
    expect(sent).toBe(lost);
    expect(round.trouble).toContain('not HTTP');
  });
});

describe('a server over TLS', () => {
  // Self-signed for localhost, made for this test alone; valid from 2020 to 2120.
  const key = `-----BEGIN PRIVATE KEY-----
MIGHAgEAMBMGByqGSM49AgEGCCqGSM49AwEHBG0wawIBAQQgYEox/PYK5agi97xL
gBt16l2pkXHvDcBLl5sdP3O82BuhRANCAASWoGNgo2SUh6GsB2FS/Y4Gh8xtQSXE
5QMjky07V0HIoGscIWq5YWCSmDw3CZG8R/W+hE/3bn9s1kKh6Fr6K7Ih
-----END PRIVATE KEY-----`;
  const cert = `-----BEGIN CERTIFICATE-----
MIIBYDCCAQegAwIBAgIBATAKBggqhkjOPQQDAjAUMRIwEAYDVQQDDAlsb2NhbGhv
c3QwIBcNMjAwMTAxMDAwMDAwWhgPMjEyMDAxMDEwMDAwMDBaMBQxEjAQBgNVBAMM
CWxvY2FsaG9zdDBZMBMGByqGSM49AgEGCCqGSM49AwEHA0IABJagY2CjZJSHoawH
YVL9jgaHzG1BJcTlAyOTLTtXQcigaxwharlhYJKYPDcJkbxH9b6ET/duf2zWQqHo
WvorsiGjSDBGMBQGA1UdEQQNMAuCCWxvY2FsaG9zdDAPBgNVHRMBAf8EBTADAQH/
MB0GA1UdDgQWBBTkS/QbIdTatM1j4kvV9KG2wAvOmzAKBggqhkjOPQQDAgNHADBE
AiB5ep8tCfXS3TacWcFksP8/XbqkQ+ocw6vI6+ptC8T8hQIgDG7QtNNZpKe+Ae+b
zfa8O8DcZQ8s5+AzpG3Z8eYdB5I=
-----END CERTIFICATE-----`;

  it('with a certificate that nobody vouches for is sent nothing', async () => {
    const { url, requests } = await serve((socket) => socket.write(ok), { tls: { key, cert } });
    const round = await load(planOf(url, [request('GET /')]), 150);
    expect(endpoint(round).lost).toBeGreaterThan(0);
    expect(endpoint(round).answered).toBe(0);
    expect(round.trouble).toBe('DEPTH_ZERO_SELF_SIGNED_CERT');
    expect(requests).toEqual([]);
  });

  it('with a certificate for another name is sent nothing', async () => {
    const { url, requests } = await serve((socket) => socket.write(ok), { tls: { key, cert } });
    const round = await load(planOf(url.replace('localhost', '127.0.0.1'), [request('GET /')], { ca: cert }), 100);
    expect(endpoint(round).answered).toBe(0);
    expect(round.trouble).toBe('ERR_TLS_CERT_ALTNAME_INVALID');
    expect(requests).toEqual([]);
  });

  it('with a certificate that is trusted answers', async () => {
    const { url } = await serve((socket) => socket.write(ok), { tls: { key, cert } });
    const round = endpoint(await load(planOf(url, [request('GET /')], { ca: cert }), 150));
    expect(round.answered).toBeGreaterThan(5);
    expect(round.lost).toBe(0);
  });
});
