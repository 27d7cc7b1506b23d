import type { HttpMethod } from '../../model/flow.ts';

/** A request as the transport sends it. */
export interface OutgoingRequest {
  readonly method: HttpMethod;
  /** The whole request as it goes over the wire. */
  readonly bytes: Buffer;
  /** Whether the response's body is looked at; else it is only counted. */
  readonly wantsBody: boolean;
  /** For the answer, from when it is sent. */
  readonly timeoutMs: number;
}

/** A complete response. */
export interface ReceivedResponse {
  readonly status: number;
  /** Names and values in turns, in the order and the case of the wire; their bytes as Latin-1. */
  readonly headers: readonly string[];
  /** Head and body, as they came over the wire. */
  readonly bytes: number;
  /** Of the body alone, without the framing of chunks. */
  readonly bodyBytes: number;
  /** Still encoded where it was; only where it was wanted and has at most {@link mostKeptBytes}. */
  readonly body?: Buffer;
}

/** A larger body is counted but not kept, so that an endless one meets the timeout before it fills the memory. */
export const mostKeptBytes = 32 * 2 ** 20;

/** How a request ended; times are of `performance.now()`. */
export type Settlement =
  | {
      readonly kind: 'answered';
      readonly response: ReceivedResponse;
      readonly sentAt: number;
      readonly endedAt: number;
    }
  | { readonly kind: 'timed-out'; readonly sentAt: number; readonly endedAt: number }
  /** The connection was closed, or what came was not HTTP, before the response was complete. */
  | { readonly kind: 'lost'; readonly reason: string; readonly endedAt: number }
  /** No connection could be made, or too many requests waited for one already. */
  | { readonly kind: 'refused'; readonly reason: string; readonly endedAt: number }
  /** No connection was free until the timeout. */
  | { readonly kind: 'unsent'; readonly endedAt: number };
