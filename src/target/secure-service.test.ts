import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { createServer as createHttpServer, type RequestListener } from 'node:http';
import { createServer, type ServerOptions } from 'node:https';
import type { AddressInfo, Server } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { TargetSpec } from '../model/scenario.ts';
import { certificates } from '../testing/certificates.ts';
import { type LaunchOptions, launchService } from './service.ts';

const { authority, server: own, elsewhere, client } = certificates;
const servers: Server[] = [];
let folder = '';

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'chokepoint-target-'));
});

afterEach(async () => {
  await Promise.all(servers.splice(0).map((server) => new Promise((resolve) => server.close(resolve))));
  await rm(folder, { recursive: true });
});

const answer: RequestListener = (_, response) => {
  response.setHeader('connection', 'close');
  response.end('here');
};

async function serve(options: ServerOptions): Promise<string> {
  const server = createServer(options, answer).listen(0, '127.0.0.1');
  servers.push(server);
  await once(server, 'listening');
  return `https://localhost:${(server.address() as AddressInfo).port}`;
}

function options(target: Partial<TargetSpec>): LaunchOptions {
  const positions = { 'target.url': { file: 'scenario.yaml', line: 3, column: 5 } };
  const defaults = { cwd: tmpdir(), url: '', ready: '/', readyTimeoutMs: 10_000, env: {}, allowHosts: [] };
  return {
    target: { ...defaults, runtime: 'native', ...target },
    env: {},
    positions,
    signal: new AbortController().signal,
  };
}

const trusting = { ca: authority, insecure: false };

describe('a service over TLS', () => {
  it('is ready where its certificate is of a trusted authority and of its name', async () => {
    const url = await serve(own);
    const service = await launchService(options({ url, tls: trusting }));
    expect(service.url).toBe(url);
    expect(service.socketPath).toBeUndefined();
  });

  it('is ready at an address that its certificate names', async () => {
    const url = (await serve(own)).replace('localhost', '127.0.0.1');
    expect((await launchService(options({ url, tls: trusting }))).url).toBe(url);
  });

  it.each([
    ['of an authority that nobody knows', own, undefined, /unable to verify|self-signed/],
    ['for another name', elsewhere, trusting, /elsewhere\.test/],
    ['that is not for the name it must bear', own, { ...trusting, servername: 'elsewhere.test' }, /elsewhere\.test/],
  ])('with a certificate %s is refused at once', async (_, certificate, tls, reason) => {
    const url = await serve(certificate);
    const beganAt = performance.now();
    await expect(launchService(options({ url, ...(tls && { tls }) }))).rejects.toMatchObject({
      code: 'certificate-refused',
      detail: { url, reason: expect.stringMatching(reason) },
      at: { line: 3 },
    });
    expect(performance.now() - beganAt).toBeLessThan(5000);
  });

  it('is ready where its certificate bears the name that it must', async () => {
    const url = await serve(elsewhere);
    const tls = { ...trusting, servername: 'elsewhere.test' };
    expect((await launchService(options({ url, tls }))).url).toBe(url);
  });

  it('is ready with any certificate where that is asked for', async () => {
    const url = await serve(elsewhere);
    expect((await launchService(options({ url, tls: { insecure: true } }))).url).toBe(url);
  });

  it('that wants a certificate is shown ours', async () => {
    const url = await serve({ ...own, ca: authority, requestCert: true, rejectUnauthorized: true });
    expect((await launchService(options({ url, tls: { ...trusting, ...client } }))).url).toBe(url);
  });

  it('that wants a certificate and is shown none says so', async () => {
    const url = await serve({ ...own, ca: authority, requestCert: true, rejectUnauthorized: true });
    await expect(launchService(options({ url, tls: trusting }))).rejects.toMatchObject({
      code: 'own-certificate-refused',
      detail: { url },
    });
  });

  it('whose certificate is refused is stopped', async () => {
    const script = `require('node:https').createServer(${JSON.stringify(own)}, (_, response) => response.end())
      .listen(Number(process.env.PORT), '127.0.0.1')`;
    const target = { command: [process.execPath, '-e', script], url: 'https://localhost:${PORT}' };
    await expect(launchService(options(target))).rejects.toMatchObject({ code: 'certificate-refused' });
  });
});

describe('a service at a Unix socket', () => {
  it('is started at a path of its own', async () => {
    const script = `require('node:http').createServer((_, response) => response.end()).listen(process.argv[1])`;
    const socketPath = join(folder, '${PORT}.sock');
    const target = { command: [process.execPath, '-e', script, socketPath], url: 'http://localhost', socketPath };
    const both = await Promise.all([launchService(options(target)), launchService(options(target))]);
    const paths = both.map((service) => service.socketPath);
    expect(paths[0]).toMatch(/\d+\.sock$/);
    expect(paths[0]).not.toBe(paths[1]);
    await Promise.all(both.map((service) => service.stop()));
  });

  it('that is there is used, and its absence named', async () => {
    const socketPath = join(folder, 'a.sock');
    const target = { url: 'http://shop.example', socketPath };
    await expect(launchService(options(target))).rejects.toMatchObject({
      code: 'target-unreachable',
      detail: { url: `http://shop.example (at ${socketPath})`, reason: 'ENOENT' },
    });
    const server = createHttpServer(answer).listen(socketPath);
    servers.push(server);
    await once(server, 'listening');
    const service = await launchService(options(target));
    expect(service).toMatchObject({ url: 'http://shop.example', socketPath });
  });

  it('is not started where another process listens', async () => {
    const socketPath = join(folder, 'a.sock');
    const server = createHttpServer(answer).listen(socketPath);
    servers.push(server);
    await once(server, 'listening');
    const target = { command: [process.execPath, '-e', ''], url: 'http://localhost', socketPath };
    await expect(launchService(options(target))).rejects.toMatchObject({
      code: 'socket-taken',
      detail: { path: socketPath },
    });
  });

  it('over TLS is verified by the name in the url', async () => {
    const socketPath = join(folder, 'a.sock');
    const server = createServer(own, answer).listen(socketPath);
    servers.push(server);
    await once(server, 'listening');
    const tls = trusting;
    await launchService(options({ url: 'https://localhost', socketPath, tls }));
    await expect(launchService(options({ url: 'https://shop.example', socketPath, tls }))).rejects.toMatchObject({
      code: 'certificate-refused',
    });
  });
});
