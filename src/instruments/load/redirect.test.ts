import { describe, expect, it } from 'vitest';
import { redirectOf } from './redirect.ts';
import type { RenderedRequest } from './request.ts';

const url = 'http://127.0.0.1:8080/api';

function get(path = '/a/b?c=d', more: Partial<RenderedRequest> = {}): RenderedRequest {
  return { method: 'GET', path, headers: { host: '127.0.0.1:8080', 'x-a': '1' }, ...more };
}

const post = get('/a/b', {
  method: 'POST',
  headers: { host: '127.0.0.1:8080', 'content-type': 'text/plain', 'content-length': '2', authorization: 'Bearer t' },
  body: Buffer.from('ok'),
});

function to(location: string, request = get(), status = 302) {
  return redirectOf(request, { status, headers: ['Location', location] }, url);
}

describe('a redirect', () => {
  it.each([
    ['/x?y=z#part', '/x?y=z'],
    ['x', '/a/x'],
    ['../x', '/x'],
    ['?e=f', '/a/b?e=f'],
    ['', '/a/b?c=d'],
    ['http://127.0.0.1:8080/x', '/x'],
    ['//127.0.0.1:8080/x', '/x'],
    ['/a b\r\nx: y', '/a%20bx:%20y'],
    [Buffer.from('/ü').toString('latin1'), '/%C3%BC'],
  ])('to %j asks for %s', (location, path) => {
    expect(to(location)).toEqual({ ...get(), path });
  });

  it.each([
    'http://elsewhere/x',
    'https://127.0.0.1:8080/x',
    'http://127.0.0.1:8081/x',
    '//elsewhere/x',
    '\\\\elsewhere/x',
    'file:///etc/passwd',
    'javascript:1',
  ])('to %s is not followed', (location) => {
    expect(to(location)).toEqual({ failure: 'redirect to another host' });
  });

  it('of a path that looks like a host stays where it is', () => {
    expect(to('x', get('//elsewhere/y'))).toMatchObject({ path: '//elsewhere/x' });
  });

  it('to the name by which the service was asked is to the service', () => {
    const request = get('/a', { headers: { host: 'shop.example' } });
    expect(to('http://shop.example/x', request)).toMatchObject({ path: '/x', headers: request.headers });
  });

  it('to no address at all is not followed', () => {
    expect(to('http://[')).toEqual({ failure: 'redirect to no valid address' });
  });

  it('is none without a location, or with another status', () => {
    expect(redirectOf(get(), { status: 302, headers: [] }, url)).toBeUndefined();
    for (const status of [200, 201, 300, 304, 305, 400]) expect(to('/x', get(), status)).toBeUndefined();
  });

  it('of a POST becomes GET without the body after 301, 302 and 303', () => {
    for (const status of [301, 302, 303]) {
      expect(to('/x', post, status)).toEqual({
        method: 'GET',
        path: '/x',
        headers: { host: '127.0.0.1:8080', authorization: 'Bearer t' },
      });
    }
  });

  it('of a POST stays what it is after 307 and 308', () => {
    for (const status of [307, 308]) expect(to('/x', post, status)).toEqual({ ...post, path: '/x' });
  });

  it('of a PUT becomes GET after 303 alone, and HEAD stays HEAD', () => {
    const put = { ...post, method: 'PUT' } as const;
    expect(to('/x', put, 302)).toEqual({ ...put, path: '/x' });
    expect(to('/x', put, 303)).toMatchObject({ method: 'GET' });
    expect(to('/x', get('/a', { method: 'HEAD' }), 303)).toMatchObject({ method: 'HEAD' });
  });
});
