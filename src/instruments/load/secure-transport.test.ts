import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, describe, expect, it } from 'vitest';
import { certificates } from '../../testing/certificates.ts';
import { type RawServer, startRawServer } from '../../testing/raw-server.ts';
import { endpoint, load, loadModels, planOf, request } from '../../testing/sample-load.ts';

const { authority, server: own, elsewhere, client } = certificates;
const ok = 'HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok';
const trusting = { ca: authority, insecure: false };
const steps = [request('GET /')];

let server: RawServer | undefined;

afterEach(async () => {
  await server?.close();
  server = undefined;
});

async function serve(options: Parameters<typeof startRawServer>[1]): Promise<RawServer> {
  server = await startRawServer((socket) => socket.write(ok), options);
  return server;
}

/** Each of them is answered at least once, however slow the machine is. */
const users = loadModels.closed.connections;

describe('a server over TLS', () => {
  it.each([
    ['that nobody vouches for', own, undefined, /UNABLE_TO_VERIFY_LEAF_SIGNATURE|SELF_SIGNED/],
    ['for another name', elsewhere, trusting, /ERR_TLS_CERT_ALTNAME_INVALID/],
    ['without the name it must bear', own, { ...trusting, servername: 'elsewhere.test' }, /ALTNAME_INVALID/],
  ])('with a certificate %s is sent nothing', async (_, certificate, tls, reason) => {
    const { url, requests } = await serve({ tls: certificate });
    const round = await load(planOf(url, steps, tls && { tls }), 120);
    expect(endpoint(round).unsent).toBeGreaterThan(3);
    expect(endpoint(round)).toMatchObject({ due: endpoint(round).unsent });
    expect(round.trouble).toMatch(reason);
    expect(requests).toEqual([]);
  });

  it('at an address that its certificate does not name is sent nothing', async () => {
    const { url, requests } = await serve({ tls: elsewhere });
    const round = await load(planOf(url.replace('localhost', '127.0.0.1'), steps, { tls: trusting }), 100);
    expect(round.trouble).toBe('ERR_TLS_CERT_ALTNAME_INVALID');
    expect(requests).toEqual([]);
  });

  it.each([
    ['that is trusted', 'localhost', own, trusting],
    ['for its address', '127.0.0.1', own, trusting],
    ['with the name that it must bear', 'localhost', elsewhere, { ...trusting, servername: 'elsewhere.test' }],
    ['of any kind, where that is asked for', 'localhost', elsewhere, { insecure: true }],
  ])('with a certificate %s is asked', async (_, host, certificate, tls) => {
    for (const model of Object.values(loadModels)) {
      const { url, close, requests } = await serve({ tls: certificate });
      const plan = planOf(url.replace('localhost', host), steps, { tls, model, timeoutMs: 5000 });
      const round = endpoint(await load(plan, 200));
      expect(round.answered).toBeGreaterThanOrEqual(users);
      expect(round).toMatchObject({ due: round.answered, statuses: { 200: requests.length } });
      await close();
    }
  });

  it('is told the name that its certificate must bear', async () => {
    const names: string[] = [];
    const SNICallback = (name: string, done: (error: Error | null) => void) => {
      names.push(name);
      done(null);
    };
    const { url } = await serve({ tls: { ...elsewhere, SNICallback } });
    await load(planOf(url, steps, { tls: { ...trusting, servername: 'elsewhere.test' } }), 50);
    expect(new Set(names)).toEqual(new Set(['elsewhere.test']));
  });

  it('that wants a certificate is shown ours, and lets nobody in without', async () => {
    const { url } = await serve({ tls: { ...own, ca: authority, requestCert: true, rejectUnauthorized: true } });
    const shown = endpoint(await load(planOf(url, steps, { tls: { ...trusting, ...client }, timeoutMs: 5000 }), 150));
    expect(shown.answered).toBeGreaterThanOrEqual(users);
    expect(shown).toMatchObject({ due: shown.answered });
    const hidden = await load(planOf(url, steps, { tls: trusting }), 150);
    expect(endpoint(hidden)).toMatchObject({ answered: 0, timedOut: 0 });
    expect(hidden.trouble).toMatch(/CERTIFICATE_REQUIRED|ECONNRESET|EPIPE/);
  });
});

describe('a server at a Unix socket', () => {
  it.each([
    ['', undefined, undefined],
    ['over TLS, ', own, trusting],
  ])('%sis asked there, by the host of the url', async (_, certificate, tls) => {
    const folder = await mkdtemp(join(tmpdir(), 'chokepoint-load-'));
    try {
      const socketPath = join(folder, 'a.sock');
      const { requests } = await serve({ socketPath, ...(certificate && { tls: certificate }) });
      const url = `${certificate ? 'https' : 'http'}://localhost`;
      const plan = planOf(url, steps, { socketPath, timeoutMs: 5000, ...(tls && { tls }) });
      const round = endpoint(await load(plan, 150));
      expect(round.answered).toBeGreaterThanOrEqual(users);
      expect(round).toMatchObject({ due: requests.length, statuses: { 200: requests.length } });
      expect(requests[0]?.head).toContain('host: localhost\r\n');
      const elsewhere = await load({ ...plan, url: url.replace('localhost', 'shop.example') }, 80);
      if (certificate) expect(elsewhere.trouble).toBe('ERR_TLS_CERT_ALTNAME_INVALID');
      else expect(elsewhere.trouble).toBeUndefined();
    } finally {
      await server?.close();
      await rm(folder, { recursive: true });
    }
  });

  it('that is not there is refused, with pauses between the attempts', async () => {
    const round = await load(planOf('http://localhost', steps, { socketPath: '/nonexistent/a.sock' }), 200);
    expect(round.trouble).toBe('ENOENT');
    expect(endpoint(round).unsent).toBeLessThanOrEqual(4 * 7);
  });
});
