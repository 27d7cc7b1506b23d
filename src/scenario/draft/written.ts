/** A scenario in the form in which it is written: see `docs/scenario.md`. */
export interface WrittenScenario {
  readonly name: string;
  readonly target: WrittenTarget;
  readonly database?: { readonly url: string; readonly env: string };
  readonly load?: WrittenLoad;
  readonly data?: readonly WrittenData[];
  readonly before?: readonly WrittenStep[];
  readonly flows: readonly WrittenFlow[];
  readonly after?: readonly WrittenStep[];
  readonly variants?: Readonly<Record<string, { readonly env: Readonly<Record<string, string>> }>>;
}

export interface WrittenTarget {
  readonly command?: string;
  readonly url: string;
}

export interface WrittenLoad {
  readonly connections?: number;
  readonly rate?: string;
  readonly phases?: readonly WrittenPhase[];
  readonly timeout?: string;
  readonly rounds?: number;
}

export interface WrittenPhase {
  readonly name?: string;
  readonly duration: string;
  readonly rate: string;
  readonly rampTo?: string;
  readonly warmup?: true;
}

export interface WrittenFlow {
  readonly name?: string;
  readonly weight?: number;
  readonly steps: readonly WrittenStep[];
}

export const methods = ['get', 'post', 'put', 'patch', 'delete', 'head', 'options'] as const;
export type Method = (typeof methods)[number];

/** A request, by the one key that is its method, or a pause. */
export type WrittenStep = { readonly [M in Method]?: string | WrittenRequest } & { readonly think?: string };

export interface WrittenRequest {
  readonly url: string;
  readonly name?: string;
  readonly query?: Readonly<Record<string, string>>;
  readonly headers?: Readonly<Record<string, string>>;
  readonly auth?: WrittenAuth;
  readonly json?: unknown;
  readonly form?: Readonly<Record<string, string>>;
  readonly body?: string;
  readonly redirects?: number;
  readonly expect?: {
    readonly status?: number | readonly number[];
    readonly headers?: Readonly<Record<string, string>>;
  };
  readonly capture?: WrittenCapture | readonly WrittenCapture[];
}

export type WrittenAuth =
  | { readonly bearer: string }
  | { readonly basic: { readonly user: string; readonly password: string } };

export type WrittenCapture = { readonly as: string } & (
  | { readonly json: string }
  | { readonly header: string }
  | { readonly regex: string; readonly flags?: string; readonly group?: number }
);

export type WrittenData = { readonly as: string; readonly order?: 'sequence' | 'random' } & (
  | { readonly range: readonly [number, number] }
  | { readonly values: readonly (string | Readonly<Record<string, string>>)[] }
  | { readonly path: string }
);

/** A step of one request; by its path alone where nothing else is to be said. */
export function requestStep(method: Method, request: WrittenRequest): WrittenStep {
  const bare = Object.values(request).filter((value) => value !== undefined).length === 1;
  return { [method]: bare ? request.url : request } as WrittenStep;
}
