import type { Arrivals, EndpointRound, LoadArtifact, LoadRound, LoadSecond, SecondCounts } from '../model/load.ts';
import type { ArrivalPhase, ClosedModel, OpenModel } from '../model/load-spec.ts';
import { histogram } from './histogram-shape.ts';
import { boolean, type Keys, keys, listOf, mapOf, number, oneOf, optional, tagged, text } from './shape.ts';

const endpointRound: Keys<EndpointRound> = {
  due: number,
  sent: number,
  unsent: number,
  answered: number,
  failed: number,
  timedOut: number,
  lost: number,
  bytes: number,
  responseTime: histogram,
  serviceTime: histogram,
  statuses: mapOf(number),
  failures: mapOf(number),
  troubles: mapOf(number),
};

const second = keys<LoadSecond>({
  second: number,
  endpoints: mapOf(keys<SecondCounts>({ answered: number, unsuccessful: number, responseTime: histogram })),
});

const model = tagged('kind', {
  closed: keys<Omit<ClosedModel, 'kind'>>({ connections: number }),
  open: keys<Omit<OpenModel, 'kind'>>({
    phases: listOf(
      keys<ArrivalPhase>({
        name: optional(text),
        durationMs: optional(number),
        fromPerS: number,
        toPerS: number,
        warmup: boolean,
      }),
    ),
    arrivals: oneOf('even', 'poisson'),
    connections: number,
  }),
});

/** What `load.json` must hold. */
export const loadShape = keys<LoadArtifact>({
  model,
  rounds: listOf(
    keys<LoadRound>({
      durationMs: number,
      endpoints: mapOf(keys(endpointRound)),
      seconds: listOf(second),
      arrivals: optional(keys<Arrivals>({ wanted: number, begun: number })),
      serviceCpuMs: optional(number),
      serviceRssBytes: optional(number),
    }),
  ),
  insecure: boolean,
  health: keys<LoadArtifact['health']>({
    utilization: number,
    threads: number,
    lagP95Ms: number,
    lagP99Ms: number,
    stealShare: optional(number),
  }),
  design: oneOf('sliced', 'blocks', 'alone'),
  seed: number,
  starters: listOf(text),
});
