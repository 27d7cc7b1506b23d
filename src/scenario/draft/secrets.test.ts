import { expect, it } from 'vitest';
import { createSecrets, isSecretName, isSecretValue } from './secrets.ts';

it.each([
  'password',
  'newPassword',
  'user_password',
  'passwd',
  'PWD',
  'token',
  'access_token',
  'accessToken',
  'accesstoken',
  'X-Api-Key',
  'apikey',
  'api_key',
  'clientSecret',
  'Authorization',
  'X-CSRF-Token',
  'csrfmiddlewaretoken',
  'sessionId',
  'PHPSESSID'.toLowerCase().replace('php', 'session_'),
  'private_key',
  'otp',
  'jwt',
  'X-Amz-Signature',
  'sig',
])('%s is the name of a secret', (name) => {
  expect(isSecretName(name)).toBe(true);
});

it.each([
  'author',
  'authority',
  'max_tokens',
  'key',
  'keyword',
  'passenger',
  'compass',
  'user',
  'design',
  'pinned',
  'sidebar',
  'id',
  '',
])('%s is no name of a secret', (name) => {
  expect(isSecretName(name)).toBe(false);
});

it('knows well-known credentials by their form', () => {
  expect(isSecretValue('eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxIn0.abc')).toBe(true);
  expect(isSecretValue('Bearer abcdefgh')).toBe(true);
  expect(isSecretValue('Basic instinct')).toBe(true);
  expect(isSecretValue('AKIAABCDEFGHIJKLMNOP')).toBe(true);
  expect(isSecretValue('a plain sentence about bearer bonds')).toBe(false);
  expect(isSecretValue('0b54f8a2-6f1e-4d0c-9a3b-0123456789ab')).toBe(false);
});

it('names variables by their kind alone, and numbers those that differ', () => {
  const secrets = createSecrets();
  expect(secrets.standIn('TOKEN', 'the header a', 'one')).toBe('${TARGET_TOKEN:-change-me}');
  expect(secrets.standIn('TOKEN', 'the header b', 'two')).toBe('${TARGET_TOKEN_2:-change-me}');
  expect(secrets.standIn('TOKEN', 'the header c', 'one')).toBe('${TARGET_TOKEN:-change-me}');
  expect(secrets.variables).toEqual([
    { name: 'TARGET_TOKEN', standsFor: 'the header a' },
    { name: 'TARGET_TOKEN_2', standsFor: 'the header b' },
  ]);
});
