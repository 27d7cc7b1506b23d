import { describe, expect, it } from 'vitest';
import { Failure } from '../model/failure.ts';
import type { TargetSpec } from '../model/scenario.ts';
import { assertHostAllowed } from './loopback.ts';

function check(url: string, allowHosts: readonly string[] = []): () => void {
  const target: TargetSpec = {
    cwd: '/',
    url,
    ready: '/',
    readyTimeoutMs: 1,
    runtime: 'node',
    env: {},
    allowHosts,
  };
  return () =>
    assertHostAllowed({ target, variants: [], positions: { 'target.url': { file: 'a.yaml', line: 2, column: 3 } } });
}

describe('assertHostAllowed', () => {
  it.each([
    'http://localhost:3000',
    'http://LOCALHOST.:3000',
    'http://127.0.0.1:${PORT}',
    'http://127.255.255.254',
    'http://127.1',
    'http://0x7f000001',
    'http://[::1]:3000',
    'http://[0:0:0:0:0:0:0:1]',
  ])('knows %s as this machine', (url) => {
    expect(check(url)).not.toThrow();
  });

  it.each([
    ['http://example.com', 'example.com'],
    ['http://128.0.0.1', '128.0.0.1'],
    ['http://0.0.0.0', '0.0.0.0'],
    ['http://127.0.0.1.example.com', '127.0.0.1.example.com'],
    ['http://localhost.example.com', 'localhost.example.com'],
    ['http://127.0.0.1@example.com', 'example.com'],
    ['http://127.0.0.1:${PORT}@example.com', 'example.com'],
    ['http://[::2]', '::2'],
    ['http://10.0.0.1', '10.0.0.1'],
  ])('refuses %s', (url, host) => {
    expect(check(url)).toThrow(Failure);
    expect(check(url)).toThrow(`load is not sent to ${host}`);
  });

  it('allows the named host alone', () => {
    expect(check('http://shop.example.com:80', ['a.example.com', 'Shop.Example.com'])).not.toThrow();
    expect(check('http://[::2]', ['::2'])).not.toThrow();
    expect(check('http://www.shop.example.com', ['shop.example.com', '*'])).toThrow(Failure);
  });
});
