import type { PassArtifactKey } from '../model/artifacts.ts';
import type { HttpArtifact, ResponseValues } from '../model/http.ts';
import type { RuntimeArtifact, RuntimeWindow } from '../model/runtime.ts';
import { loadShape } from './load-shape.ts';
import { plansShape } from './plans-shape.ts';
import { profileShape } from './profile-shape.ts';
import { queriesShape } from './queries-shape.ts';
import { boolean, type Keys, keys, listOf, number, optional, type Shape, text } from './shape.ts';

const runtimeWindow: Keys<RuntimeWindow> = {
  flow: text,
  windowMs: number,
  requests: number,
  eventLoopUtilization: number,
  cpuCores: number,
  eventLoopDelayP99Ms: number,
  gcMs: number,
  gcCount: number,
  heapUsedBytes: number,
  rssBytes: number,
};

const http = keys<HttpArtifact>({
  responses: listOf(
    keys<HttpArtifact['responses'][number]>({
      endpoint: text,
      status: number,
      bodyBytes: number,
      decodedBytes: optional(number),
      values: optional(keys<ResponseValues>({ hashes: listOf(text), isComplete: boolean })),
      gzipBytes: optional(number),
      contentType: text,
      contentEncoding: text,
      cacheControl: text,
      hasValidator: boolean,
      keepAlive: boolean,
    }),
  ),
});

/** What the file of each artifact must hold. */
export const artifactShapes: { readonly [K in PassArtifactKey]: Shape } = {
  load: loadShape,
  profile: profileShape,
  queries: queriesShape,
  plans: plansShape,
  runtime: keys<RuntimeArtifact>({ flows: listOf(keys(runtimeWindow)) }),
  http,
};
