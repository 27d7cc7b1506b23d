import type { QueriesArtifact, StatementSourceName, TracedRequest } from '../../model/queries.ts';

/** What a request is known by; the fields mean what they mean in {@link TracedRequest}. */
export type RequestMeta = Pick<TracedRequest, 'endpoint' | 'method' | 'url' | 'sentAtMs'>;

/** Attributes statements that a database runs to requests that are sent one at a time. */
export interface StatementSource {
  readonly name: StatementSourceName;
  /**
   * Sends one request and keeps what the database is seen to do until it is quiet again. Rejects as `send` does; then
   * nothing is kept. A second request at the same time is a defect of the caller.
   *
   * @param send - is given the value of the `traceparent` header that the request is to carry
   */
  record<R extends { readonly status: number }>(
    meta: RequestMeta,
    send: (traceparent: string) => Promise<R>,
    signal: AbortSignal,
  ): Promise<void>;
  /** All that was recorded so far; executions before the first request are left out. */
  artifact(): QueriesArtifact;
  close(): Promise<void>;
}
