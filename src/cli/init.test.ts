import { readdirSync, readFileSync, symlinkSync } from 'node:fs';
import { chmod, cp, mkdir, readFile } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { createSandbox, type Sandbox } from '../testing/command-line.ts';

/** Answers every path of the examples, and refuses who does not say who it is where that is wanted. */
const server = `
import { createServer } from 'node:http';
createServer((request, response) => {
  const { pathname } = new URL(request.url, 'http://x');
  const isOpen = pathname === '/' || pathname === '/v1/healthz' || pathname.startsWith('/v1/users');
  const isKnown = isOpen || request.headers.authorization === 'Bearer good';
  response.writeHead(isKnown ? (request.method === 'HEAD' ? 204 : 200) : 401);
  response.end();
}).listen(Number(process.env.PORT), '127.0.0.1');
`;

let sandbox: Sandbox;
beforeAll(async () => {
  sandbox = await createSandbox();
});
afterAll(() => sandbox.remove());

const example = (name: string) => resolve('fixtures/init', name);
const contentOf = (name: string) => readFileSync(join(sandbox.folder, name), 'utf8');
const filesHere = () => readdirSync(sandbox.folder).sort();

describe('chokepoint init', () => {
  test('drafts a scenario from an OpenAPI document that passes check with its token', async () => {
    const { code, stdout, stderr } = await sandbox.run(
      ['init', example('shop-openapi.yaml'), '--command', 'node server.mjs'],
      {
        files: { 'server.mjs': server },
      },
    );
    expect({ code, stdout }).toEqual({ code: 0, stdout: '' });
    expect(stderr).toMatch(/^wrote shop-api\.yaml\nOpenAPI 3\.0\.3: 6 of 12 operations, a flow each\n/);
    expect(stderr).toMatch(/\n {2}TARGET_TOKEN: the security scheme bearerAuth\n/);
    expect(stderr).toMatch(
      /\n {2}it may change data: --writes takes it: POST \/orders, DELETE \/orders\/\{orderId\}, /,
    );
    expect(stderr).toMatch(/\nnext: chokepoint check shop-api\.yaml\n$/);
    const env = { TARGET_TOKEN: 'good' };
    const checked = await sandbox.run(['check', 'shop-api.yaml', '--json'], { env });
    expect(checked.code, checked.stdout + checked.stderr).toBe(0);
    expect(checked.stdout).toContain('"GET /orders/{orderId} (default)"');
  });

  test.each([
    ['shop.har', 'HAR: 3 of 7 requests, one flow', 'shop.yaml'],
    ['shop-artillery.yml', 'Artillery: 6 of 11 requests, 2 flows', 'shop-artillery.yaml'],
  ])('drafts one from %s, and names what was left out', async (name, taken, out) => {
    const { code, stderr } = await sandbox.run(['init', example(name), '--force']);
    expect(code).toBe(0);
    expect(stderr).toContain(taken);
    expect(stderr).toContain('left out:\n');
    expect(stderr).not.toContain('to be mended');
    expect(stderr).not.toMatch(/s3cr3t|hunter2/);
    expect(contentOf(out)).toMatch(/^# Drafted by `chokepoint init`/);
  });

  test('prints the draft alone to standard output where it is asked to', async () => {
    const before = filesHere();
    const { code, stdout, stderr } = await sandbox.run(['init', example('shop.har'), '--out', '-']);
    expect(code).toBe(0);
    expect(stdout).toMatch(/^# Drafted[^\n]*\nname: shop\n/);
    expect(stderr).toMatch(/^HAR: /);
    expect(filesHere()).toEqual(before);
  });

  test('replaces nothing unless it is told to', async () => {
    const files = { 'mine.yaml': 'mine' };
    const refused = await sandbox.run(['init', example('shop.har'), '--out', 'mine.yaml'], { files });
    expect(refused).toMatchObject({ code: 2, stdout: '' });
    expect(refused.stderr).toMatch(/^error: mine\.yaml exists already \[output-exists\]\n {2}--force replaces it/);
    expect(contentOf('mine.yaml')).toBe('mine');
    expect((await sandbox.run(['init', example('shop.har'), '--out', 'mine.yaml', '--force'])).code).toBe(0);
    expect(contentOf('mine.yaml')).toMatch(/^# Drafted/);
  });

  test('never writes over the file that it reads, whatever it is told', async () => {
    const text = await readFile(example('shop-artillery.yml'), 'utf8');
    const files = { 'load.yaml': text };
    const forced = await sandbox.run(['init', 'load.yaml', '--out', './load.yaml', '--force'], { files });
    expect(forced.code).toBe(2);
    expect(forced.stderr).toMatch(/^error: \.\/load\.yaml is the file to draft from \[usage\]/);
    const named = await sandbox.run(['init', 'load.yaml']);
    expect(named.stderr).toMatch(/^wrote load-scenario\.yaml\n/);
    expect(contentOf('load.yaml')).toBe(text);
  });

  test('points at the data of an Artillery file from where the draft is', async () => {
    await mkdir(join(sandbox.folder, 'drafts'));
    await cp(example('shop-users.csv'), join(sandbox.folder, 'shop-users.csv'));
    const files = { 'shop-artillery.yml': await readFile(example('shop-artillery.yml')) };
    const { stderr } = await sandbox.run(['init', 'shop-artillery.yml', '--out', 'drafts/a.yaml'], { files });
    expect(stderr).not.toContain('to be mended');
    expect(contentOf('drafts/a.yaml')).toContain('path: ../shop-users.csv');
  });

  test('says which host must be allowed where the user names another machine', async () => {
    const { code, stderr } = await sandbox.run([
      'init',
      example('shop.har'),
      '--url',
      'https://shop.example',
      '--out',
      'far.yaml',
    ]);
    expect(code).toBe(0);
    expect(stderr).toContain('load is not sent to shop.example: it is not this machine: if you may load that host');
    expect(contentOf('far.yaml')).not.toContain('allowHosts');
  });

  test('takes the defaults where it shall ask nothing', async () => {
    const { code } = await sandbox.run(['init', '--yes', '--command', 'node server.mjs', '--out', 'plain.yaml'], {
      files: { 'server.mjs': server },
    });
    expect(code).toBe(0);
    const checked = await sandbox.run(['check', 'plain.yaml']);
    expect(checked.code, checked.stdout + checked.stderr).toBe(0);
  });
});

describe('chokepoint init refuses', () => {
  let before: readonly string[];
  beforeEach(() => {
    before = filesHere();
  });

  test.each(readdirSync('fixtures/init/hostile'))('%s, and writes nothing', async (name) => {
    const { code, stdout, stderr } = await sandbox.run(['init', example(join('hostile', name)), '--out', 'none.yaml']);
    expect({ code, stdout }).toEqual({ code: 2, stdout: '' });
    expect(stderr).toMatch(/^(\S+:\d+:\d+: )?error: .+ \[draft-(unreadable|unrecognised|empty)\]\n {2}\S.*\n$/);
    expect(filesHere()).toEqual(before);
  });

  test.each<[string, readonly string[], RegExp]>([
    [
      'a file that is not there',
      ['none.json'],
      /none\.json cannot be read: there is no such file \[draft-unreadable\]/,
    ],
    ['a folder', ['.'], /\. cannot be read: it is a folder \[draft-unreadable\]/],
    ['a device that never ends', ['/dev/zero'], /it is not a regular file/],
    ['a circle of links', ['circle.json'], /its symbolic links form a circle/],
    [
      'to ask without a terminal',
      [],
      /there is no terminal to ask questions on \[usage\]\n {2}name a file .*--yes with --url/,
    ],
    ['a kind without a file', ['--from', 'har'], /--from needs a file to draft from/],
    ['a kind that it does not know', ['x', '--from', 'k6'], /Allowed choices are openapi, har, artillery/],
    ['a url that is none', ['--yes', '--url', 'localhost'], /--url is not a(n http)? url/],
    ['a command with an open quote', ['--yes', '--command', "node 'a"], /--command: the quote ' is not closed/],
    ['an empty name', ['--yes', '--out', ''], /--out names no file/],
    [
      'a folder that is not there',
      ['--yes', '--out', 'nowhere/a.yaml'],
      /nowhere\/a\.yaml cannot be written: ENOENT: no such file or directory \[output-unwritable\]/,
    ],
    ['a folder in place of a file', ['--yes', '--out', '.', '--force'], /\. cannot be written: it is a folder/],
  ])('%s', async (name, args, words) => {
    if (name === 'a circle of links') {
      symlinkSync('circle.json', join(sandbox.folder, 'circle.json'));
      before = filesHere();
    }
    const { code, stdout, stderr } = await sandbox.run(['init', ...args]);
    expect({ code, stdout, stderr }).toEqual({ code: 2, stdout: '', stderr: expect.stringMatching(words) });
    expect(filesHere()).toEqual(before);
  });

  test('a file that is larger than can be worked with, and says so', async () => {
    const files = { 'huge.json': Buffer.alloc(65 * 1024 * 1024, ' ') };
    const { code, stderr } = await sandbox.run(['init', 'huge.json'], { files });
    expect(code).toBe(2);
    expect(stderr).toMatch(/huge\.json cannot be read: it has 65 MB, and at most 64 are read/);
  });
});

test('nothing is left behind', async () => {
  await chmod(sandbox.folder, 0o755);
  expect(await sandbox.leftovers()).toEqual([]);
  expect(filesHere().filter((name) => name.startsWith('.partial'))).toEqual([]);
});
