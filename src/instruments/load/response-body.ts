import { decodeContent } from './content-decoding.ts';
import { mostKeptBytes, type ReceivedResponse } from './exchange.ts';
import { allHeaders } from './raw-headers.ts';

/** The body of one response, decoded and parsed when it is first asked for, and only once. */
export interface ResponseBody {
  /** `undefined` where it cannot be had; then `fault` says why. */
  text(): string | undefined;
  /** The JSON in it; `undefined` where there is none; then `fault` says why. */
  document(): unknown;
  /** In few words, without anything of the response in them. */
  fault(): string;
}

export function readBody({ headers, body }: Pick<ReceivedResponse, 'headers' | 'body'>): ResponseBody {
  let text: string | undefined;
  let document: unknown;
  let textFault: string | undefined;
  let documentFault: string | undefined;

  function decode(): string | undefined {
    if (!body) {
      textFault = `body over ${mostKeptBytes / 2 ** 20} MiB`;
      return undefined;
    }
    const content = decodeContent(body, allHeaders(headers, 'content-encoding'));
    if (Buffer.isBuffer(content)) return content.toString();
    textFault = content.failure;
    return undefined;
  }

  function readText(): string | undefined {
    if (text === undefined && textFault === undefined) text = decode();
    return text;
  }

  function parse(): unknown {
    const json = readText();
    documentFault = textFault ?? 'not JSON';
    if (json === undefined) return undefined;
    try {
      const parsed: unknown = JSON.parse(json.charCodeAt(0) === byteOrderMark ? json.slice(1) : json);
      documentFault = undefined;
      return parsed;
    } catch (error) {
      if (error instanceof SyntaxError) return undefined;
      throw error;
    }
  }

  return {
    text: readText,
    document() {
      if (document === undefined && documentFault === undefined) document = parse();
      return document;
    },
    fault: () => textFault ?? documentFault ?? '',
  };
}

/** RFC 8259, 8.1: not to be written, but it may be ignored. */
const byteOrderMark = 0xfeff;
