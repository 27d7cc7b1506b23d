import { createHash } from 'node:crypto';
import { expect, it } from 'vitest';
import { sha256Base64 } from './sha256.ts';

it('is the SHA-256 that the crypto module knows, for every length around the blocks and for text beyond ASCII', () => {
  const texts = [...Array.from({ length: 140 }, (_, length) => 'x'.repeat(length)), 'µs → „ü“ 🔥', 'a'.repeat(100_000)];
  for (const text of texts) {
    expect(sha256Base64(text)).toBe(createHash('sha256').update(text, 'utf8').digest('base64'));
  }
});
