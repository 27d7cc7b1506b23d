import { gzipSync } from 'node:zlib';
import type { HttpResponseFacts } from '../../model/http.ts';
import { decodedBody } from './decoded-body.ts';
import { valuesOfJson } from './json-values.ts';

/** What is needed of a response: lower-case header names, the body as it came over the wire, or its beginning. */
export interface ObservedResponse {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: Buffer;
  /** Of the whole body. */
  readonly bytes: number;
}

/** Below this, compressing saves no packet: head and body fit into one anyway. */
const worthCompressingBytes = 1024;

/** What the response of one request to `endpoint` looked like from outside. */
export function responseFacts(endpoint: string, { status, headers, body, bytes }: ObservedResponse): HttpResponseFacts {
  const contentType = headers['content-type'] ?? '';
  const contentEncoding = encodingOf(headers['content-encoding'] ?? '');
  const isWhole = body.length === bytes;
  const isCompressible = isWhole && contentEncoding === '' && isText(contentType) && bytes > worthCompressingBytes;
  const decoded = isWhole ? decodedBody(body, contentEncoding) : undefined;
  const values = decoded && isJson(contentType) ? valuesOfJson(decoded) : undefined;
  return {
    endpoint,
    status,
    bodyBytes: bytes,
    ...(decoded && { decodedBytes: decoded.length }),
    ...(values && { values }),
    ...(isCompressible && { gzipBytes: gzipSync(body).length }),
    contentType,
    contentEncoding,
    cacheControl: headers['cache-control'] ?? '',
    hasValidator: headers.etag !== undefined || headers['last-modified'] !== undefined,
    keepAlive: !tokens(headers.connection ?? '').includes('close'),
  };
}

/** `identity` says no more than no header at all. */
function encodingOf(header: string): string {
  return tokens(header)
    .filter((coding) => coding !== 'identity')
    .join(', ');
}

function tokens(header: string): readonly string[] {
  return header
    .toLowerCase()
    .split(',')
    .map((token) => token.trim())
    .filter((token) => token !== '');
}

function isJson(contentType: string): boolean {
  return /^[^/]+\/(?:.+\+)?json$/.test(mediaTypeOf(contentType));
}

function mediaTypeOf(contentType: string): string {
  return contentType.split(';')[0]?.trim().toLowerCase() ?? '';
}

/** Media types that compress well; an event stream is text too, but is to arrive piece by piece. */
function isText(contentType: string): boolean {
  const mediaType = mediaTypeOf(contentType);
  if (mediaType === 'text/event-stream') return false;
  return (
    mediaType.startsWith('text/') ||
    /^[^/]+\/(?:.+\+)?(?:json|xml)$/.test(mediaType) ||
    /^application\/(?:javascript|ecmascript|x-javascript|x-ndjson|graphql|sql|yaml|x-www-form-urlencoded)$/.test(
      mediaType,
    )
  );
}
