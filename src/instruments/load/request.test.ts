import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import type { RequestStep } from '../../model/flow.ts';
import { request } from '../../testing/sample-load.ts';
import { compileRequest, serializeRequest } from './request.ts';

const target = { url: 'http://127.0.0.1:8080', headers: {} };

function wire(step: RequestStep, values = {}, to: Parameters<typeof compileRequest>[1] = target): string {
  return serializeRequest(compileRequest(step, to)(values)).toString();
}

describe('a request', () => {
  it('stands on the wire as HTTP/1.1 has it', () => {
    expect(wire(request('GET /a?b=c'))).toBe(
      'GET /a?b=c HTTP/1.1\r\nhost: 127.0.0.1:8080\r\nconnection: keep-alive\r\nuser-agent: chokepoint\r\n' +
        'accept: */*\r\naccept-encoding: gzip, deflate, br\r\n\r\n',
    );
  });

  it('says the length of its body in bytes, whatever the scenario says', () => {
    const step = request('POST /', {
      body: { kind: 'text', text: '{{ text }}' },
      headers: { 'content-length': '1', 'transfer-encoding': 'x' },
    });
    const text = wire(step, { text: 'Zoë€' });
    expect(text).toContain('\r\ncontent-length: 7\r\n');
    expect(text.match(/content-length/g)).toHaveLength(1);
    expect(text).not.toContain('transfer-encoding');
    expect(text.endsWith('\r\n\r\nZoë€')).toBe(true);
  });

  it('without a body says so where one could be expected, and only there', () => {
    expect(wire(request('POST /'))).toContain('content-length: 0\r\n');
    expect(wire(request('DELETE /'))).not.toContain('content-length');
  });

  it('takes headers of the step before the defaults, and those of the variant before all', () => {
    const step = request('GET /', { headers: { accept: 'text/csv', 'x-flag': 'step', host: 'shop.example' } });
    const text = wire(step, {}, { ...target, headers: { 'X-Flag': 'variant' } });
    expect(text).toContain('\r\naccept: text/csv\r\n');
    expect(text).toContain('\r\nhost: shop.example\r\n');
    expect(text).toContain('\r\nx-flag: variant\r\n');
    expect(text).not.toContain('step');
  });

  it('logs in with the user of the url, and puts its path before the path of the step', () => {
    const text = wire(request('GET orders'), {}, { url: 'http://us%40er:p%3Aw@localhost:1/api/', headers: {} });
    expect(text).toMatch(/^GET \/api\/orders HTTP\/1\.1\r\nhost: localhost:1\r\n/);
    expect(text).toContain(`authorization: Basic ${Buffer.from('us@er:p:w').toString('base64')}\r\n`);
  });

  it('encodes in the path what may not stand there, and leaves alone what is encoded', () => {
    const step = request('GET /{{ name }}?q=%20[x]&y=a|b#part');
    expect(wire(step, { name: 'a b\r\nGET /evil#ü😀' })).toMatch(
      /^GET \/a%20b%0D%0AGET%20\/evil%23%C3%BC%F0%9F%98%80\?q=%20\[x\]&y=a\|b HTTP/,
    );
  });

  it('keeps a value with line breaks within its header', () => {
    const text = wire(request('GET /', { headers: { 'x-name': '{{ name }}' } }), { name: 'a\r\n\r\nGET /evil\0' });
    expect(text).toContain('\r\nx-name: a GET /evil \r\n');
    expect(text.match(/\r\n\r\n/g)).toHaveLength(1);
  });

  it('is rendered once where it has no placeholder, each time where it has one', () => {
    const fixed = compileRequest(request('GET /'), target);
    expect(fixed({})).toBe(fixed({}));
    const varied = compileRequest(request('GET /', { headers: { 'x-id': '{{ id }}' } }), target);
    expect(varied({ id: '1' }).headers['x-id']).toBe('1');
    expect(varied({ id: '2' }).headers['x-id']).toBe('2');
  });

  it('goes where a captured link points: a path with its slash, or a whole url of the service', () => {
    const step = request('GET {{ next }}');
    expect(wire(step, { next: '/a?page=2' })).toMatch(/^GET \/a\?page=2 HTTP/);
    expect(wire(step, { next: 'http://127.0.0.1:8080/b' })).toMatch(/^GET \/b HTTP/);
    expect(wire(step, { next: 'http://elsewhere/b' })).toMatch(
      /^GET \/http:\/\/elsewhere\/b HTTP[\s\S]*\nhost: 127\.0\.0\.1/,
    );
  });

  it('appends the query to that of its url, encoded after the values are filled in', () => {
    const query = [
      ['q', '{{ q }}'],
      ['a b', '1+1'],
    ] as const;
    expect(wire(request('GET /a', { query }), { q: 'x&y=z #ü/\r\n' })).toMatch(
      /^GET \/a\?q=x%26y%3Dz%20%23%C3%BC%2F%0D%0A&a%20b=1%2B1 HTTP/,
    );
    expect(wire(request('GET /a?b=c', { query }), { q: '' })).toMatch(/^GET \/a\?b=c&q=&a%20b=1%2B1 HTTP/);
  });

  it('does not break on half a surrogate pair, which JSON can bring', () => {
    const step = request('POST /{{ v }}', {
      query: [['q', '{{ v }}']],
      headers: { 'x-v': '{{ v }}' },
      body: { kind: 'form', fields: [['f', '{{ v }}']] },
    });
    expect(wire(step, { v: '\ud800' })).toMatch(/\/%EF%BF%BD\?q=%EF%BF%BD HTTP[\s\S]*f=%EF%BF%BD$/);
  });

  it('escapes values within the strings of a JSON body', () => {
    const body = { kind: 'json', text: '{"name":"{{ name }}","n":1}' } as const;
    const value = '"},\\"x":1\n\u2028ü\0';
    const text = wire(request('POST /', { body }), { name: value });
    expect(JSON.parse(text.split('\r\n\r\n')[1] ?? '')).toEqual({ name: value, n: 1 });
    expect(text).toContain(`content-length: ${Buffer.byteLength(text.split('\r\n\r\n')[1] ?? '')}\r\n`);
  });

  it('writes a form as a browser does', () => {
    const fields = [
      ['name', 'Zoë & co'],
      ['text', '{{ text }}'],
    ] as const;
    const text = wire(request('POST /', { body: { kind: 'form', fields } }), { text: 'a=b+c\r\n' });
    expect(text.split('\r\n\r\n')[1]).toBe('name=Zo%C3%AB+%26+co&text=a%3Db%2Bc%0D%0A');
  });

  it('sends the bytes of a file, braces and all', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'chokepoint-'));
    const path = join(folder, 'body.bin');
    const bytes = Buffer.concat([Buffer.from([0, 255, 13, 10]), Buffer.from('{{ name }}')]);
    try {
      await writeFile(path, bytes);
      const render = compileRequest(request('PUT /', { body: { kind: 'file', path } }), target);
      await writeFile(path, 'changed since');
      expect(render({}).body?.equals(bytes)).toBe(true);
      expect(render({})).toBe(render({}));
    } finally {
      await rm(folder, { recursive: true });
    }
  });

  it('says so when the file of the body is gone', () => {
    const body = { kind: 'file', path: '/nowhere/body.json' } as const;
    expect(() => compileRequest(request('PUT /', { body }), target)).toThrow(
      expect.objectContaining({ code: 'body-unreadable', message: expect.stringContaining('/nowhere/body.json') }),
    );
  });

  it('logs in with user and password or with a token, in UTF-8', () => {
    const basic = request('GET /', { auth: { kind: 'basic', user: '{{ user }}', password: 'p:w' } });
    expect(wire(basic, { user: 'Zoë' })).toContain(
      `\r\nauthorization: Basic ${Buffer.from('Zoë:p:w').toString('base64')}\r\n`,
    );
    const bearer = request('GET /', { auth: { kind: 'bearer', token: '{{ token }}' } });
    expect(wire(bearer, { token: 'abc\r\nx: y' })).toContain('\r\nauthorization: Bearer abc x: y\r\n');
  });

  it('logs in as its own header says before all, then as the step, then as the url', () => {
    const to = { url: 'http://a:b@127.0.0.1:8080', headers: {} };
    const auth = { kind: 'bearer', token: 't' } as const;
    expect(wire(request('GET /', { auth }), {}, to)).toContain('authorization: Bearer t\r\n');
    const text = wire(request('GET /', { auth, headers: { authorization: 'Key k' } }), {}, to);
    expect(text.match(/authorization: .*/g)).toEqual(['authorization: Key k']);
  });

  it('has one cookie header: the cookies of the step before those of the jar', () => {
    const render = compileRequest(request('GET /', { headers: { cookie: 'a=1' } }), target);
    const text = serializeRequest(render({}), 'b=2\r\nx: y').toString();
    expect(text.match(/cookie: .*/g)).toEqual(['cookie: a=1; b=2 x: y']);
    expect(serializeRequest(compileRequest(request('GET /'), target)({}), 'b=2').toString()).toContain(
      '\r\ncookie: b=2\r\n\r\n',
    );
  });

  it('is the same object each time where only fixed parts are encoded', () => {
    const step = request('POST /a', {
      query: [['q', 'ä']],
      auth: { kind: 'basic', user: 'u', password: 'p' },
      body: { kind: 'form', fields: [['f', '1']] },
    });
    const render = compileRequest(step, target);
    expect(render({ a: '1' })).toBe(render({}));
  });
});
