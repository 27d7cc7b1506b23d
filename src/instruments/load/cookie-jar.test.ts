import { afterEach, describe, expect, it, vi } from 'vitest';
import { createCookieJar } from './cookie-jar.ts';

const url = 'http://127.0.0.1:8080/api';

function jarWith(cookies: readonly string[], path = '/', to = url) {
  const jar = createCookieJar(to);
  jar.accept(
    cookies.flatMap((cookie) => ['Set-Cookie', cookie]),
    path,
  );
  return jar;
}

afterEach(() => {
  vi.useRealTimers();
});

describe('a cookie jar', () => {
  it('is empty at first, and stays so where no cookie is set', () => {
    const jar = createCookieJar(url);
    jar.accept(['Content-Type', 'text/plain'], '/');
    expect(jar.header('/')).toBeUndefined();
    expect(jar.lines()).toEqual([]);
  });

  it('sends back what was set, in one header, the longest path first', () => {
    const jar = jarWith(['a=1; Path=/', 'b=2; Path=/shop; HttpOnly', 'a=3; Path=/']);
    expect(jar.header('/shop/cart?x=/other')).toBe('b=2; a=3');
    expect(jar.header('/')).toBe('a=3');
    expect(jar.header('/shopping')).toBe('a=3');
  });

  it.each(['http://127.0.0.1:8080', 'http://localhost:1', 'http://[::1]:8080', 'http://shop.local', 'https://co.uk'])(
    'works at %s',
    (to) => {
      expect(jarWith(['a=1', 'b=2; Secure; SameSite=Strict'], '/', to).header('/')).toMatch(/^a=1/);
    },
  );

  it('keeps cookies to the path at which they were set, in another jar too', () => {
    const jar = jarWith(['a=1'], '/login/form?next=/x');
    expect(jar.header('/')).toBeUndefined();
    expect(jar.header('/login/done')).toBe('a=1');
    const other = createCookieJar(url, jar.lines());
    expect(other.header('/')).toBeUndefined();
    expect(other.header('/login/done')).toBe('a=1');
  });

  it('forgets what is deleted', () => {
    const jar = jarWith(['a=1', 'b=2', 'c=3']);
    expect(jar.header('/')).toBe('a=1; b=2; c=3');
    jar.accept(['set-cookie', 'c=; Expires=Thu, 01 Jan 1970 00:00:00 GMT', 'set-cookie', 'b=; Max-Age=0'], '/');
    expect(jar.header('/')).toBe('a=1');
    expect(jar.lines()).toEqual(['a=1; Path=/']);
  });

  it('forgets what expires, counted from when it was set: used in between or not, in another jar too', () => {
    vi.useFakeTimers({ toFake: ['Date'], now: 1_700_000_000_000 });
    const jar = jarWith(['a=1', 'b=2; Max-Age=60', 'c=3; Max-Age=120']);
    vi.setSystemTime(1_700_000_050_000);
    expect(jar.header('/')).toBe('a=1; b=2; c=3');
    const other = createCookieJar(url, jar.lines());
    expect(other.header('/')).toBe('a=1; b=2; c=3');
    vi.setSystemTime(1_700_000_070_000);
    expect(jar.header('/')).toBe('a=1; c=3');
    expect(other.header('/')).toBe('a=1; c=3');
    vi.setSystemTime(1_700_000_130_000);
    expect(jar.header('/')).toBe('a=1');
    expect(other.header('/')).toBe('a=1');
    expect(jar.lines()).toEqual(['a=1; Path=/']);
  });

  it('begins with the lines of another, and shares no change with others that do', () => {
    const lines = ['a=1; Path=/', 'b=2; Path=/'];
    const [one, two] = [createCookieJar(url, lines), createCookieJar(url, lines)];
    one.accept(['set-cookie', 'a=9; Path=/'], '/');
    expect(one.header('/')).toBe('a=9; b=2');
    expect(two.header('/')).toBe('a=1; b=2');
    expect(createCookieJar(url, lines).header('/')).toBe('a=1; b=2');
  });

  it('takes no cookie for another host, and nothing that is no cookie', () => {
    const jar = jarWith([
      'a=1; Domain=example.com',
      '',
      ';;;',
      '=',
      'Path=',
      '\u0000=1',
      '__Host-x=1',
      'ok=1; Path=oops',
    ]);
    expect(jar.header('/')?.split('; ')).toContain('ok=1');
    expect(jar.header('/')).not.toContain('a=1');
  });

  it('sends back the bytes that it got', () => {
    const jar = jarWith([Buffer.from('a=zoë; Path=/').toString('latin1')]);
    expect(jar.header('/')).toBe('a=zoë');
  });

  it('asks by any path', () => {
    const jar = jarWith(['a=1; Path=/']);
    for (let id = 0; id < 250; id++) expect(jar.header(`/${id}`)).toBe('a=1');
    for (const path of ['//elsewhere/x', '/%0d%0a', '/%', '/a?b?c', '/\\"x']) expect(jar.header(path)).toBe('a=1');
  });
});
