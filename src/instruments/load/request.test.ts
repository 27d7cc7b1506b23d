import { describe, expect, it } from 'vitest';
import type { RequestStep } from '../../model/scenario.ts';
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
      body: '{{ text }}',
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
});
