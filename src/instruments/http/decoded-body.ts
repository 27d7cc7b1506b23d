import { brotliDecompressSync, gunzipSync, inflateSync } from 'node:zlib';

/** A body that unpacks to more than this is not looked into. */
const maxOutputLength = 64 << 20;

const decoders: Readonly<Record<string, (body: Buffer) => Buffer>> = {
  '': (body) => body,
  gzip: (body) => gunzipSync(body, { maxOutputLength }),
  'x-gzip': (body) => gunzipSync(body, { maxOutputLength }),
  deflate: (body) => inflateSync(body, { maxOutputLength }),
  br: (body) => brotliDecompressSync(body, { maxOutputLength }),
};

/** The whole body without its encoding; `undefined` where that is not known here or the body is not what it says. */
export function decodedBody(body: Buffer, contentEncoding: string): Buffer | undefined {
  try {
    return decoders[contentEncoding]?.(body);
  } catch (error) {
    if (error instanceof Error) return undefined;
    throw error;
  }
}
