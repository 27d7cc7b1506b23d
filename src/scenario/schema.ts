import { z } from 'zod';
import {
  duration,
  headers,
  percent,
  requestPath,
  rule,
  section,
  text,
  variableName,
  variables,
} from './schema-parts.ts';

/** For the JSON Schema alone; the loader says it in better words. */
function exactlyOne(...keys: readonly string[]) {
  return { oneOf: keys.map((key) => ({ type: 'object', properties: { [key]: {} }, required: [key] })) };
}

const nonEmpty = z.string().min(1);

const target = section({
  command: z
    .union([nonEmpty, z.array(nonEmpty).min(1)])
    .optional()
    .describe('Starts the service, without a shell. Left out: attach to what listens at url.'),
  cwd: nonEmpty.optional().describe('Folder in which command runs, relative to this file; default: its folder.'),
  url: nonEmpty.describe('Scheme, host and port. ${PORT} is a free port for each process.'),
  ready: requestPath.default('/').describe('Path that answers below 400 once the service is ready.'),
  readyTimeout: duration({ min: '100ms', max: '1h' })
    .default('30s')
    .describe('How long the service may take to become ready.'),
  runtime: z.enum(['node', 'go', 'python', 'native']).default('node').describe('How to profile the service.'),
  env: variables.default({}).describe('Environment variables of command. ${PORT} is the port of the process.'),
  allowHosts: z.array(nonEmpty).default([]).describe('Hosts other than this machine that may be loaded.'),
});

const database = section({
  embedded: section({
    setup: z.array(nonEmpty).default([]).describe('SQL files, relative to this file, run in this order.'),
  })
    .optional()
    .describe('A PostgreSQL of its own for each run.'),
  url: nonEmpty.optional().describe('postgresql:// address of a database that runs already.'),
  env: variableName.default('DATABASE_URL').describe('The variable by which the service finds its database.'),
  scratch: z
    .boolean()
    .default(false)
    .describe('Whether copies of the database may be made and altered on its server. The embedded one: always.'),
}).meta(exactlyOne('embedded', 'url'));

const load = section({
  connections: z.int().min(1).max(10_000).default(10).describe('Connections, each with one request at a time.'),
  warmup: duration({ min: '0s', max: '1h' }).default('2s').describe('Load before each round that is not counted.'),
  rounds: z.int().min(1).max(50).default(8).describe('Rounds; each is one sample of every metric.'),
  slice: duration({ min: '50ms', max: '10m' })
    .default('500ms')
    .describe('Length of one slice; a round gives each variant eight of them, interleaved.'),
  timeout: duration({ min: '1ms', max: '1h' }).default('10s').describe('After this a request counts as failed.'),
  seed: z.int().min(0).max(0xffff_ffff).default(1).describe('Fixes every random choice.'),
  traceRequests: z.int().min(1).max(1000).default(5).describe('Requests per endpoint in the trace pass.'),
});

const request = section({
  url: requestPath.describe('Path and query; may hold {{ name }}.'),
  name: nonEmpty.optional().describe('The endpoint it counts for; default: method and path, such as GET /users/:id.'),
  headers: headers.default({}).describe('Request headers; values may hold {{ name }}.'),
  json: z.unknown().optional().describe('Body, sent as JSON; strings in it may hold {{ name }}.'),
  body: z.string().optional().describe('Body, sent as it is; may hold {{ name }}.'),
  expect: section({
    status: z.int().min(100).max(599).optional().describe('Any other status is an error; default: below 400 is fine.'),
  })
    .default({})
    .describe('What the answer must be.'),
});

const requestOrPath = z.union([requestPath, request]).optional().describe('A path, or a map with url and more.');

/** Keys of a step that make a request, with the method that each sends. */
export const methodKeys = ['get', 'post', 'put', 'patch', 'delete', 'head', 'options'] as const;

const step = section({
  get: requestOrPath,
  post: requestOrPath,
  put: requestOrPath,
  patch: requestOrPath,
  delete: requestOrPath,
  head: requestOrPath,
  options: requestOrPath,
  think: duration({ min: '0ms', max: '1h' }).optional().describe('A pause before the next step.'),
}).meta({ minProperties: 1, maxProperties: 1 });

const flow = section({
  name: nonEmpty.optional().describe('Default: its first endpoint.'),
  weight: z.number().positive().max(1_000_000).default(1).describe('How often it is chosen, relative to the others.'),
  steps: z.array(step).min(1).describe('Requests and pauses, in order.'),
});

const dataSource = section({
  as: z
    .string()
    .regex(/^[A-Za-z_][\w-]*$/, rule('is not a name', 'use letters, digits, hyphens and underscores'))
    .describe('The name by which {{ name }} reaches a value, or {{ name.field }} the field of a row.'),
  range: z.tuple([z.int(), z.int()]).optional().describe('First and last of the whole numbers to choose from.'),
  path: nonEmpty
    .optional()
    .describe('A .csv file with a header line or a .json file with a list, relative to this file.'),
  values: z
    .array(z.union([text, z.record(z.string(), text)]))
    .min(1)
    .optional()
    .describe('Texts, or maps that all have the same keys.'),
  order: z.enum(['random', 'sequence']).default('random').describe('How the next one is chosen.'),
}).meta(exactlyOne('range', 'path', 'values'));

const variant = section({
  env: variables.default({}).describe('Environment variables, laid over those of target.'),
  headers: headers.default({}).describe('Headers of every request of this variant.'),
}).nullable();

const variantName = z
  .string()
  .regex(
    /^[A-Za-z][A-Za-z0-9_-]{0,39}$/,
    rule('is not a name for a variant', 'use up to 40 letters, digits, hyphens and underscores, a letter first'),
  );

const gate = section({
  metric: z.enum(['p50', 'p90', 'p95', 'p99']).default('p95').describe('The latency that decides.'),
  margin: percent(1000).default('10%').describe('A smaller relative change does not matter.'),
  floor: duration({ min: '0ms', max: '1h' }).default('1ms').describe('A smaller absolute change does not matter.'),
  errors: percent(100).default('0.1%').describe('Share of failed requests that is tolerated.'),
  certain: z.boolean().default(false).describe('true: an inconclusive or untrusted result exits with 3.'),
  findings: z.array(nonEmpty).default([]).describe('Audits whose proven findings exit with 1.'),
});

const ignoreRule = section({
  audit: nonEmpty.describe('Id of the audit.'),
  endpoint: nonEmpty.optional().describe('Default: every endpoint.'),
  reason: nonEmpty.describe('Why it is no fault here.'),
  until: z
    .string()
    .refine(isDate, rule('is not a date', 'write it as 2027-01-31'))
    .optional()
    .describe('The last day on which the rule holds.'),
});

const audits = section({
  ignore: z.array(ignoreRule).default([]).describe('Findings that are known and accepted.'),
  options: z
    .record(z.string(), z.record(z.string(), z.unknown()))
    .default({})
    .describe('Options by audit id, laid over its defaults.'),
});

function isDate(text: string): boolean {
  const date = new Date(`${text}T00:00:00Z`);
  return /^\d{4}-\d{2}-\d{2}$/.test(text) && !Number.isNaN(date.getTime()) && date.toISOString().startsWith(text);
}

const notAName = rule('is not a name', 'use up to 80 characters without slashes, and no dot or space first');

/** The YAML of a scenario once its variables are filled in: shape, types and ranges, but nothing between two keys. */
export const scenarioSchema = section({
  name: z
    .string()
    .regex(/^[^\s/\\.][^/\\]{0,79}$/, { error: notAName, abort: true })
    .refine((name) => !/\p{Cc}/u.test(name), notAName)
    .optional()
    .describe('Default: the name of this file.'),
  target: target.describe('The service under test.'),
  database: database.optional().describe('The PostgreSQL behind the service.'),
  load: load.prefault({}).describe('How hard and how long the service is loaded.'),
  flows: z.array(flow).min(1).describe('What the virtual users do.'),
  data: z.array(dataSource).default([]).describe('Values for {{ name }}.'),
  variants: z
    .record(variantName, variant)
    .default({})
    .describe('None: a diagnosis. Two: a comparison, before and after in this order.'),
  gate: gate.prefault({}).describe('What makes the command fail.'),
  audits: audits.prefault({}).describe('What the audits pass over, and their options.'),
});

/** A scenario as it is written, with every default filled in. */
export type ScenarioDocument = z.output<typeof scenarioSchema>;
export type RequestDocument = z.output<typeof request>;
export type FlowDocument = z.output<typeof flow>;
export type DataDocument = z.output<typeof dataSource>;
