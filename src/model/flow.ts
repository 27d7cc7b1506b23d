import type { Scenario } from './scenario.ts';

export interface Flow {
  readonly name: string;
  readonly weight: number;
  readonly steps: readonly Step[];
}

export type Step = RequestStep | ThinkStep;

export interface ThinkStep {
  readonly kind: 'think';
  readonly durationMs: number;
}

export type HttpMethod = 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE' | 'HEAD' | 'OPTIONS';

export interface RequestStep {
  readonly kind: 'request';
  readonly method: HttpMethod;
  /** Path and query, relative to the target's url; may hold `{{ name }}`. */
  readonly url: string;
  /** More of the query: names and values, percent-encoded when they are filled in. */
  readonly query: readonly (readonly [name: string, value: string])[];
  /** The endpoint that this request counts for, such as `GET /users/:id`. Steps that share it share its statistics. */
  readonly endpoint: string;
  /** Lower-case names; values may hold `{{ name }}`. */
  readonly headers: Readonly<Record<string, string>>;
  /** The step's own, or that of the target. */
  readonly auth?: Authorization;
  /** Its content type stands in `headers`. */
  readonly body?: RequestBody;
  readonly expect: Expectation;
  readonly captures: readonly Capture[];
  /** Redirects that are followed to their end; the request takes as long as all of them together. */
  readonly redirects: number;
  /** Left out: that of the load. */
  readonly timeoutMs?: number;
}

/** May hold `{{ name }}`. */
export type Authorization =
  | { readonly kind: 'basic'; readonly user: string; readonly password: string }
  | { readonly kind: 'bearer'; readonly token: string };

export type RequestBody =
  /** As it is; may hold `{{ name }}`. */
  | { readonly kind: 'text'; readonly text: string }
  /** JSON; values of `{{ name }}` are escaped as within a JSON string. */
  | { readonly kind: 'json'; readonly text: string }
  /** application/x-www-form-urlencoded; values may hold `{{ name }}`. */
  | { readonly kind: 'form'; readonly fields: readonly (readonly [name: string, value: string])[] }
  /** The bytes of a file, by its absolute path. */
  | { readonly kind: 'file'; readonly path: string };

/** What a response must be; else the request counts as failed. */
export interface Expectation {
  /** Left out: any below 400. */
  readonly statuses?: readonly number[];
  /** The first value that the path finds equals `value`. */
  readonly json: readonly { readonly path: string; readonly value: unknown }[];
  /** The header is there and holds the text; lower-case names. */
  readonly headers: readonly { readonly name: string; readonly holds: string }[];
  /** Texts that the body holds. */
  readonly contains: readonly string[];
  /** Most bytes of the body as it comes over the wire. */
  readonly maxBytes?: number;
}

/** A part of a response that later steps of the walk reach as `{{ as }}`; where nothing is found the request fails. */
export type Capture = { readonly as: string } & (
  | { readonly from: 'json'; readonly path: string }
  | { readonly from: 'header'; readonly name: string }
  | { readonly from: 'regex'; readonly pattern: string; readonly flags: string; readonly group: number }
);

/** The endpoints of a scenario in the order in which they first appear. */
export function endpointsOf(scenario: Pick<Scenario, 'flows'>): readonly string[] {
  return [...new Set(scenario.flows.flatMap(endpointsOfFlow))];
}

/** The endpoints that one flow requests, in order, without repeats. */
export function endpointsOfFlow(flow: Flow): readonly string[] {
  const requests = flow.steps.filter((step): step is RequestStep => step.kind === 'request');
  return [...new Set(requests.map((step) => step.endpoint))];
}
