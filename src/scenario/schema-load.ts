import { z } from 'zod';
import { duration, nonEmpty, rate, section } from './schema-parts.ts';

const phase = section({
  name: nonEmpty.optional().describe('For the progress line.'),
  duration: duration({ min: '50ms', max: '24h' }).describe('How long it lasts.'),
  rate: rate().describe('Flows that begin per second (200/s) or minute (90/m); 0/s is a pause.'),
  rampTo: rate().optional().describe('The rate at its end, to which it goes evenly; default: rate.'),
  warmup: z.boolean().default(false).describe('true: nothing in it is counted. Such phases come first.'),
});

const maxConnections = 10_000;

/** How many are open at most where nothing is said: few busy users, or room for those who come by the clock. */
const defaultConnections = { closed: 10, open: 500 } as const;

const roundCount = z.int().min(1).max(50);

/** Six rounds are the fewest with narrow intervals; after twelve the next one adds less than a twentieth. */
const usualRounds = { min: 6, max: 12 } as const;

/** One number is both; of a map the bound that is left out gives way to the other one. */
function roundBounds(rounds: number | { readonly min?: number | undefined; readonly max?: number | undefined }) {
  if (typeof rounds === 'number') return { min: rounds, max: rounds };
  const { min, max } = rounds;
  return {
    min: min ?? Math.min(usualRounds.min, max ?? usualRounds.min),
    max: max ?? Math.max(usualRounds.max, min ?? usualRounds.max),
  };
}

/** The closed model, or with `rate` or `phases` the open one. */
export const load = section({
  connections: z
    .int()
    .min(1)
    .max(maxConnections)
    .optional()
    .describe(
      'Users, each with one request at a time; default: 10. With rate or phases the most at a time; default: 500.',
    ),
  rate: rate()
    .optional()
    .describe('Flows that begin per second (200/s) or minute (90/m), however slow the service is.'),
  phases: z
    .array(phase)
    .min(1)
    .optional()
    .describe('Rates one after the other, in place of rate; each round has all of them.'),
  arrivals: z
    .enum(['even', 'poisson'])
    .optional()
    .describe('With rate or phases: equal distances (default), or random ones as independent users have them.'),
  warmup: duration({ min: '0s', max: '1h' }).default('2s').describe('Load before each round that is not counted.'),
  rounds: z
    .union([
      roundCount,
      section({
        min: roundCount.optional().describe('Rounds that there are in any case; default: 6.'),
        max: roundCount.optional().describe('Rounds that there are at most; default: 12.'),
      }),
    ])
    .default({})
    .describe('Rounds, each of which is one sample of every metric; a map: until the comparison is precise enough.'),
  design: z
    .enum(['sliced', 'blocks'])
    .optional()
    .describe(
      'How two variants share a round: in turns, slice by slice, or one after the other. Default: sliced where both can be up at once.',
    ),
  slice: duration({ min: '50ms', max: '10m' })
    .default('500ms')
    .describe(
      'Length of one slice; a round gives each variant eight of them, or as many as its phases need, interleaved.',
    ),
  timeout: duration({ min: '1ms', max: '1h' }).default('10s').describe('After this a request counts as failed.'),
  seed: z.int().min(0).max(0xffff_ffff).default(1).describe('Fixes every random choice.'),
  traceRequests: z.int().min(1).max(1000).default(5).describe('Requests per endpoint in the trace pass.'),
}).transform(({ connections, arrivals, rounds, ...rest }) => {
  const isOpen = rest.rate !== undefined || rest.phases !== undefined;
  // In the closed model there is nothing that it could be the default of.
  const pattern = arrivals ?? (isOpen ? 'even' : undefined);
  return {
    ...rest,
    rounds: roundBounds(rounds),
    connections: connections ?? defaultConnections[isOpen ? 'open' : 'closed'],
    ...(pattern === undefined ? {} : { arrivals: pattern }),
  };
});
