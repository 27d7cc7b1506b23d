/** What the responses of the trace pass looked like from outside. */
export interface HttpArtifact {
  readonly responses: readonly HttpResponseFacts[];
}

export interface HttpResponseFacts {
  readonly endpoint: string;
  readonly status: number;
  /** Body as it came over the wire. */
  readonly bodyBytes: number;
  /** The same body without its encoding; left out where that could not be undone. */
  readonly decodedBytes?: number;
  /** The values in a JSON body, each once; left out where it is none or only its beginning was kept. */
  readonly values?: ResponseValues;
  /** The same body under gzip, where it came uncompressed and is text; what compression would send. */
  readonly gzipBytes?: number;
  readonly contentType: string;
  readonly contentEncoding: string;
  readonly cacheControl: string;
  readonly hasValidator: boolean;
  /** Whether the server keeps the connection open afterwards. */
  readonly keepAlive: boolean;
}

export interface ResponseValues {
  /** `valueHash` of each text and number, numbers as JSON writes them; the first {@link maxHashedValues}. */
  readonly hashes: readonly string[];
  /** Whether there were no more than those. */
  readonly isComplete: boolean;
}

/** Different values of one response that are hashed: a page of 100 rows has far fewer. */
export const maxHashedValues = 5000;
