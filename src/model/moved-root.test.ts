import { expect, test } from 'vitest';
import { movedRoot } from './moved-root.ts';

test('a file of the other checkout is known by its place in the checkout, also one that only one side has', () => {
  const move = movedRoot(
    ['/tmp/a/src/x.js', '/tmp/a/src/lib/y.js', '/tmp/a/src/old.js', 'node:fs', ''],
    ['/tmp/b/src/x.js', '/tmp/b/src/lib/y.js', '/tmp/b/src/new.js', 'node:fs', ''],
  );
  expect(['/tmp/a/src/x.js', '/tmp/a/src/lib/y.js', '/tmp/a/src/old.js', 'node:fs', ''].map(move)).toEqual([
    '/tmp/b/src/x.js',
    '/tmp/b/src/lib/y.js',
    '/tmp/b/src/old.js',
    'node:fs',
    '',
  ]);
});

test('files that merely share their names do not outvote those that share their folders', () => {
  const move = movedRoot(
    ['/tmp/a/src/users/index.js', '/tmp/a/src/orders/index.js'],
    ['/tmp/b/src/users/index.js', '/tmp/b/src/orders/index.js'],
  );
  expect(move('/tmp/a/src/users/index.js')).toBe('/tmp/b/src/users/index.js');
});

test('without a common checkout nothing is renamed: the paths that both sides have stay', () => {
  const move = movedRoot(['/srv/app/a.js', '/srv/app/old.js'], ['/srv/app/a.js', '/srv/app/new.js']);
  expect(['/srv/app/a.js', '/srv/app/old.js'].map(move)).toEqual(['/srv/app/a.js', '/srv/app/old.js']);
});

test('a file that was moved into another folder of the same checkout is found again', () => {
  const move = movedRoot(['/srv/app/a.js', '/srv/app/b.js'], ['/srv/app/a.js', '/srv/app/lib/b.js']);
  expect(move('/srv/app/b.js')).toBe('/srv/app/lib/b.js');
  expect(move('/srv/app/a.js')).toBe('/srv/app/a.js');
});
