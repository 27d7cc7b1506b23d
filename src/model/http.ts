/** What the responses of the trace pass looked like from outside. */
export interface HttpArtifact {
  readonly responses: readonly HttpResponseFacts[];
}

export interface HttpResponseFacts {
  readonly endpoint: string;
  readonly status: number;
  /** Body as it came over the wire. */
  readonly bodyBytes: number;
  /** The same body under gzip, where it came uncompressed and is text; what compression would send. */
  readonly gzipBytes?: number;
  readonly contentType: string;
  readonly contentEncoding: string;
  readonly cacheControl: string;
  readonly hasValidator: boolean;
  /** Whether the server keeps the connection open afterwards. */
  readonly keepAlive: boolean;
}
