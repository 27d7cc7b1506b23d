// https://en.wikipedia.org/wiki/List_of_file_signatures
const signatures: readonly (readonly [name: string, magic: readonly number[]])[] = [
  ['gzip', [0x1f, 0x8b]],
  ['zstd', [0x28, 0xb5, 0x2f, 0xfd]],
  ['bzip2', [0x42, 0x5a, 0x68]],
  ['xz', [0xfd, 0x37, 0x7a, 0x58, 0x5a]],
  ['zip', [0x50, 0x4b, 0x03, 0x04]],
];

/** The name of the compression by which a file begins, or `undefined`. */
export function compressionOf(beginning: Buffer): string | undefined {
  return signatures.find(([, magic]) => magic.every((byte, index) => beginning[index] === byte))?.[0];
}

/** Whether there is a NUL byte, which no PostgreSQL log has: an executable, a picture, UTF-16. */
export function looksBinary(beginning: Buffer): boolean {
  return beginning.includes(0);
}
