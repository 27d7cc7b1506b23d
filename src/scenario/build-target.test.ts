import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { certificates } from '../testing/certificates.ts';
import { createScenarioFolder, failureOf, oneFlow, type ScenarioFolder } from '../testing/scenario-folder.ts';

const { authority, client, server } = certificates;

let shop: ScenarioFolder;
beforeAll(async () => {
  shop = await createScenarioFolder();
  const files = {
    'ca.pem': `# two of them\n${authority}\n${server.cert}\n`,
    'client.pem': client.cert,
    'client-key.pem': client.key,
    'server-key.pem': server.key,
    'broken.pem': authority.replace('MIIB', 'MIIC'),
    'text.pem': 'hello',
    'der.pem': Buffer.from([0x30, 0x82, 0x00]),
  };
  for (const [name, content] of Object.entries(files)) await writeFile(join(shop.folder, name), content);
});
afterAll(() => shop.remove());

const targetOf = async (keys: string, url = 'https://127.0.0.1:3000') =>
  (await shop.load(`target: { url: ${url}, ${keys} }\n${oneFlow}`)).target;

describe('certificates', () => {
  it('are read when the scenario is', async () => {
    const keys = 'ca: ca.pem, cert: client.pem, key: client-key.pem, passphrase: secret, servername: localhost';
    expect((await targetOf(`tls: { ${keys} }`)).tls).toEqual({
      ca: expect.stringContaining(authority),
      cert: client.cert,
      key: client.key,
      passphrase: 'secret',
      servername: 'localhost',
      insecure: false,
    });
  });

  it('need not be verified where the scenario says so', async () => {
    expect((await targetOf('tls: { insecure: true }')).tls).toEqual({ insecure: true });
    expect('tls' in (await targetOf('ready: /'))).toBe(false);
  });

  it.each([
    ['{ ca: none.pem }', 'ca: none.pem cannot be read: there is no such file'],
    ['{ ca: text.pem }', 'ca: text.pem is not a PEM file'],
    ['{ ca: der.pem }', 'ca: der.pem is not a PEM file'],
    ['{ ca: server-key.pem }', 'ca: server-key.pem holds no certificate'],
    ['{ ca: broken.pem }', /^ca: broken.pem holds a certificate that does not parse \(.+\)$/],
    ['{ cert: client.pem }', 'cert: stands without key'],
    ['{ key: client-key.pem }', 'key: stands without cert'],
    ['{ passphrase: secret }', 'passphrase: stands without a key'],
    ['{ cert: client.pem, key: client-key.pem }', 'key: is encrypted'],
    ['{ cert: client.pem, key: client-key.pem, passphrase: wrong }', 'passphrase: does not open the key'],
    ['{ cert: client.pem, key: server-key.pem }', 'key: server-key.pem is not the key of the certificate'],
    ['{ cert: client.pem, key: client.pem }', 'key: holds no private key that can be used'],
    ['{ servername: 127.0.0.1 }', 'servername: is an address, and a certificate is asked for by a name'],
  ])('%s is refused', async (tls, message) => {
    const failure = await failureOf(targetOf(`tls: ${tls}`));
    expect(failure.message.replace('target.tls.', '')).toMatch(message);
    expect(failure.at?.line).toBe(1);
    expect(`${failure.message}${failure.hint}`).not.toMatch(/undefined|\n|wrong/);
  });

  it('have no effect without https', async () => {
    const failure = await failureOf(targetOf('tls: { insecure: true }', 'http://127.0.0.1:3000'));
    expect(failure.message).toBe('target.tls: has no effect on a url that does not begin with https');
  });
});

describe('a socket', () => {
  it('is found from the folder of the scenario, and is of this machine whatever the url says', async () => {
    const target = await targetOf('socket: app.sock', 'http://shop.example.com');
    expect(target).toMatchObject({ socketPath: join(shop.folder, 'app.sock'), url: 'http://shop.example.com' });
  });

  it('has no port where no process is started, and no longer path than the system takes', async () => {
    expect((await failureOf(targetOf('socket: "/tmp/a-${PORT}.sock"'))).message).toContain('target.socket: ${PORT} is');
    const long = await failureOf(targetOf(`socket: /tmp/${'a'.repeat(99)}`));
    expect(long.message).toBe("target.socket: makes a path of 104 bytes, and a socket's may have 103");
    await targetOf(`socket: /tmp/${'a'.repeat(98)}`);
  });
});

describe('what may be changed on the server for the trace', () => {
  const scenario = (target: string) => `target: { ${target} }
database: { url: "postgres://a:b@127.0.0.1/c", capture: log }
${oneFlow}`;

  it('is kept of a service that runs already', async () => {
    const { database } = await shop.load(scenario('url: "http://127.0.0.1:3000"'));
    expect(database?.capture).toBe('log');
  });

  it('is refused where chokepoint starts the service, since the tap hears all of it', async () => {
    const text = scenario('url: "http://127.0.0.1:${PORT}", command: node server.js');
    expect(await failureOf(shop.load(text))).toMatchObject({
      code: 'scenario-invalid-value',
      message: 'database.capture: has no effect on a service that chokepoint starts',
    });
  });
});
