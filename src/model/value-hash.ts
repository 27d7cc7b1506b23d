/**
 * 16 hex digits that are equal for equal texts; the empty string for NULL.
 *
 * It lets a loop's bound values be recognised in the rows of an earlier result without keeping those rows. It is
 * **not** cryptographic: whoever holds a hash can guess a value of a small domain (an id, a status) by trying all
 * of them, so files that hold hashes are as private as those that hold parameters. Two multiplicative 32-bit
 * streams over UTF-16 units, after cyrb53 (https://github.com/bryc/code/blob/master/jshash/experimental/cyrb53.js,
 * public domain); two texts in 10,000 collide with probability below 10⁻¹¹.
 */
export function valueHash(text: string | null): string {
  if (text === null) return '';
  let first = 0xdeadbeef ^ text.length;
  let second = 0x41c6ce57 ^ text.length;
  for (let index = 0; index < text.length; index++) {
    const unit = text.charCodeAt(index);
    first = Math.imul(first ^ unit, 2654435761);
    second = Math.imul(second ^ unit, 1597334677);
  }
  first = Math.imul(first ^ (first >>> 16), 2246822507) ^ Math.imul(second ^ (second >>> 13), 3266489909);
  second = Math.imul(second ^ (second >>> 16), 2246822507) ^ Math.imul(first ^ (first >>> 13), 3266489909);
  return hex(second) + hex(first);
}

const hexBytes = Array.from({ length: 256 }, (_, byte) => byte.toString(16).padStart(2, '0'));

/** By a table: each value of each row of a traced result comes past here, and `toString(16)` takes five times as long. */
function hex(word: number): string {
  return (
    `${hexBytes[word >>> 24]}${hexBytes[(word >>> 16) & 255]}` +
    `${hexBytes[(word >>> 8) & 255]}${hexBytes[word & 255]}`
  );
}
