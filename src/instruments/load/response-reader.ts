import type { HttpMethod } from '../../model/flow.ts';
import { mostKeptBytes, type ReceivedResponse } from './exchange.ts';

/** Reads one response at a time from the chunks of a connection. */
export interface ResponseReader {
  /** A response to a request of this method is to come. */
  expect(method: HttpMethod, wantsBody: boolean): void;
  /** Whether a response is to come, or is not complete yet. */
  isExpecting(): boolean;
  /** Reads the next bytes of the connection; gives the reason why it cannot be used any longer, if there is one. */
  read(chunk: Buffer): string | undefined;
  /** The server sent all that it has: without a length that is the end of the body. */
  finish(): void;
  /** Forgets everything, for another connection. */
  reset(): void;
}

/**
 * Makes http-parser-js, which autocannon brings along, as strict and as exact as a measurement needs it.
 *
 * `onResponse` is called from within `read` and `finish`, once for each `expect` whose response was complete.
 */
export function createResponseReader(
  parser: ResponseParser,
  onResponse: (response: ReceivedResponse) => void,
): ResponseReader {
  let expected: HttpMethod | undefined;
  let isInterim = false;
  let isLast = false;
  let wantsBody = false;
  let status = 0;
  let headers: readonly string[] = [];
  let chunks: Buffer[] = [];
  let bodyBytes = 0;
  /** Of the response, without the chunk that is being read. */
  let bytesBefore = 0;
  // As ASCII, bytes beyond it would lose their highest bit.
  parser.constructor.encoding = 'latin1';

  parser[onHeadersComplete] = (head) => {
    status = head.statusCode;
    // 100 Continue and its like come before the response; 101 is the last that is HTTP on its connection.
    isInterim = status < 200 && status !== 101;
    if (isInterim) return true;
    headers = head.headers;
    isLast = status === 101 || endsConnection(head, parser.connection);
    // These have no body, whatever length they tell (RFC 9112, 6.3).
    if (expected === 'HEAD' || status === 101 || status === 204 || status === 304) return true;
    if (parser.body_bytes === null) parser.isChunked ||= isChunkedLast(headers);
    else if (!isLength(parser.body_bytes)) throw invalidLength;
    return false;
  };
  // Its own takes what is no number for the last chunk, and reads a negative number of bytes for ever.
  parser.BODY_CHUNKHEAD = () => {
    const line = parser.consumeLine();
    if (line === undefined) return;
    if (!chunkHead.test(line)) throw invalidLength;
    parser.body_bytes = Number.parseInt(line, 16);
    parser.state = parser.body_bytes === 0 ? 'BODY_CHUNKTRAILERS' : 'BODY_CHUNK';
  };
  parser[onBody] = (chunk) => {
    bodyBytes += chunk.length;
    if (!wantsBody) return;
    if (bodyBytes > mostKeptBytes) chunks = [];
    else chunks.push(chunk);
  };
  parser[onMessageComplete] = () => {
    if (isInterim) return;
    expected = undefined;
    const bytes = bytesBefore + parser.offset;
    if (parser.offset < parser.end) {
      isLast = true;
      // What is behind it belongs to nothing.
      parser.offset = parser.end;
    }
    onResponse(
      wantsBody && bodyBytes <= mostKeptBytes
        ? { status, headers, bytes, bodyBytes, body: joined(chunks) }
        : { status, headers, bytes, bodyBytes },
    );
  };
  // Taken now, as autocannon hands its chunks to whatever stands there later.
  const { execute } = parser;

  return {
    expect(method, wants) {
      expected = method;
      wantsBody = wants;
      bytesBefore = 0;
      bodyBytes = 0;
      // It holds the bytes that ended the last response.
      parser.headerSize = 0;
      if (chunks.length > 0) chunks = [];
    },
    isExpecting: () => expected !== undefined,
    read(chunk) {
      if (expected === undefined) return 'the server sent what was not asked for';
      const problem = parsing(() => execute.call(parser, chunk));
      if (problem instanceof Error) return `the response is not HTTP: ${problem.message}`;
      bytesBefore += chunk.length;
      return expected === undefined && isLast ? 'the server ends the connection' : undefined;
    },
    finish() {
      if (expected === undefined || parser.state !== 'BODY_RAW') return;
      parser.offset = 0;
      parser.end = 0;
      parser.finish();
    },
    reset() {
      expected = undefined;
      parser.reinitialize('RESPONSE');
    },
  };
}

/** By the version and the `connection` headers (RFC 9112, 9.3). */
function endsConnection({ versionMajor, versionMinor }: ResponseHead, connection: string): boolean {
  const persists = versionMajor > 1 || (versionMajor === 1 && versionMinor >= 1);
  return persists ? connection.includes('close') : !connection.includes('keep-alive');
}

/** `gzip, chunked` is chunked too (RFC 9112, 6.1): the parser knows `chunked` alone. */
function isChunkedLast(headers: readonly string[]): boolean {
  return headers.some(
    (value, index) =>
      index % 2 === 1 &&
      headers[index - 1]?.toLowerCase() === 'transfer-encoding' &&
      /(^|,)[ \t]*chunked[ \t]*$/i.test(value),
  );
}

/** The size, and extensions that say nothing to us (RFC 9112, 7.1). */
const chunkHead = /^[0-9a-f]+[ \t]*(;|$)/i;

function isLength(bytes: number): boolean {
  return Number.isInteger(bytes) && bytes >= 0;
}

function joined(chunks: readonly Buffer[]): Buffer {
  const [first] = chunks;
  return chunks.length === 1 && first ? first : Buffer.concat(chunks);
}

const invalidLength = new Error('a length is negative or no number');

/** The parser returns its own errors, and throws those of the hooks. */
function parsing(execute: () => number | Error): number | Error {
  try {
    return execute();
  } catch (error) {
    if (error === invalidLength) return invalidLength;
    throw error;
  }
}

// The insides of http-parser-js, which has no types.
// https://github.com/creationix/http-parser-js/blob/v0.5.10/http-parser.js

/** Numbers under which it keeps its hooks. */
const onHeadersComplete = 2;
const onBody = 3;
const onMessageComplete = 4;

interface ResponseHead {
  readonly statusCode: number;
  /** Names and values in turns. */
  readonly headers: readonly string[];
  readonly versionMajor: number;
  readonly versionMinor: number;
}

export interface ResponseParser {
  readonly constructor: { encoding: 'ascii' | 'latin1' };
  /** Also the name of the method that reads on; `BODY_RAW` within a body that ends with the connection. */
  state: string;
  /** All `connection` headers, in lower case. */
  readonly connection: string;
  /** Of the body, or of the chunk, that is being read; `null` where no length was told. */
  body_bytes: number | null;
  isChunked: boolean;
  /** Bytes of the head so far, of which there may be 80 KB. */
  headerSize: number;
  /** Of the chunk that is being read: how far, and how long it is. */
  offset: number;
  end: number;
  execute(chunk: Buffer): number | Error;
  /** Reads the line that tells how long the next chunk of the body is. */
  BODY_CHUNKHEAD(): void;
  /** `undefined` until the line is complete. */
  consumeLine(): string | undefined;
  /** Tells that the connection has ended. */
  finish(): void;
  reinitialize(type: 'RESPONSE'): void;
  /** Returns whether to skip the body. */
  [onHeadersComplete](head: ResponseHead): boolean;
  [onBody](chunk: Buffer): void;
  [onMessageComplete](): void;
}
