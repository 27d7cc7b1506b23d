import { brotliDecompressSync, gunzipSync, inflateRawSync, inflateSync, type ZlibOptions } from 'node:zlib';
import { mostKeptBytes } from './exchange.ts';

/** A few kilobytes can hold gigabytes: such a bomb fails its request instead of the process. */
const limits: Pick<ZlibOptions, 'maxOutputLength'> = { maxOutputLength: mostKeptBytes };

/** A chain of codings would cost that much for each of them. */
const mostCodings = 2;

const decoders: Readonly<Record<string, (body: Buffer) => Buffer>> = {
  gzip: (body) => gunzipSync(body, limits),
  'x-gzip': (body) => gunzipSync(body, limits),
  // Zlib's format by RFC 9110, 8.4.1.2; bare deflate by some servers, which browsers take too.
  deflate: (body) => (isZlib(body) ? inflateSync(body, limits) : inflateRawSync(body, limits)),
  br: (body) => brotliDecompressSync(body, limits),
};

/** The content of a body by its `content-encoding` headers (RFC 9110, 8.4), or why it cannot be had. */
export function decodeContent(body: Buffer, encodings: readonly string[]): Buffer | { readonly failure: string } {
  if (encodings.length === 0 || body.length === 0) return body;
  const codings = encodings
    .join(',')
    .toLowerCase()
    .split(',')
    .map((coding) => coding.trim())
    .filter((coding) => coding !== '' && coding !== 'identity');
  if (codings.length > mostCodings) return { failure: `more than ${mostCodings} content codings` };
  let content = body;
  // The last one was applied last.
  for (const coding of codings.reverse()) {
    const decode = Object.hasOwn(decoders, coding) ? decoders[coding] : undefined;
    if (!decode) return { failure: 'a content-encoding that is not known' };
    try {
      content = decode(content);
    } catch (error) {
      const isTooLarge = (error as NodeJS.ErrnoException).code === 'ERR_BUFFER_TOO_LARGE';
      return {
        failure: isTooLarge ? `body over ${mostKeptBytes / 2 ** 20} MiB when decoded` : `body is not ${coding}`,
      };
    }
  }
  return content;
}

/** By its two bytes of header (RFC 1950, 2.2). */
function isZlib(body: Buffer): boolean {
  return ((body[0] ?? 0) & 0x0f) === 8 && body.length > 1 && body.readUInt16BE(0) % 31 === 0;
}
