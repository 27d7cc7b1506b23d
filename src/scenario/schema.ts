import { z } from 'zod';
import { build, gitRef } from './schema-git.ts';
import { load } from './schema-load.ts';
import {
  duration,
  exactlyOne,
  headers,
  nonEmpty,
  percent,
  requestPath,
  rule,
  section,
  text,
  valueName,
  variableName,
  variables,
} from './schema-parts.ts';
import { auth, flow, step } from './schema-steps.ts';

const tls = section({
  ca: nonEmpty.optional().describe('PEM file with the authorities to trust in place of the usual ones.'),
  cert: nonEmpty.optional().describe('PEM file with our own certificate, for a service that wants one.'),
  key: nonEmpty.optional().describe('PEM file with its private key.'),
  passphrase: nonEmpty.optional().describe('Of the private key.'),
  servername: nonEmpty.optional().describe('The name that the certificate must bear; default: the host of url.'),
  insecure: z.boolean().default(false).describe('true: any certificate is accepted, and every report says so.'),
});

const command = z.union([nonEmpty, z.array(nonEmpty).min(1)]);

const target = section({
  command: command.optional().describe('Starts the service, without a shell. Left out: attach to what listens at url.'),
  cwd: nonEmpty.optional().describe('Folder in which command runs, relative to this file; default: its folder.'),
  build: build
    .optional()
    .describe('What makes a checkout of a git ref fit to be started; run in cwd, without a shell.'),
  buildTimeout: duration({ min: '1s', max: '24h' }).default('10m').describe('How long the build of one ref may take.'),
  url: nonEmpty.describe('Scheme, host and port. ${PORT} is a free port for each process.'),
  socket: nonEmpty
    .optional()
    .describe('Unix socket at which the service listens, relative to this file; url then gives scheme and host alone.'),
  auth: auth.optional().describe('For every step that has none of its own.'),
  tls: tls.optional().describe('Certificates; only where url begins with https.'),
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
  trial: z
    .enum(['copy', 'transaction'])
    .default('copy')
    .describe(
      'Where indexes are tried: on a scratch copy, or on the database itself in a transaction that is rolled back, for whose time writers of the table wait.',
    ),
  isolate: z
    .boolean()
    .default(false)
    .describe('true: each variant gets a copy of the database, which is gone afterwards. Needs scratch.'),
  capture: z
    .enum(['log'])
    .optional()
    .describe('log: the server is made to log every statement while a service that runs already is traced.'),
}).meta(exactlyOne('embedded', 'url'));

const dataSource = section({
  as: valueName.describe('The name by which {{ name }} reaches a value, or {{ name.field }} the field of a row.'),
  range: z.tuple([z.int(), z.int()]).optional().describe('First and last of the whole numbers to choose from.'),
  path: nonEmpty
    .optional()
    .describe('A .csv file with a header line, a .json file with a list, or an .ndjson file; relative to this file.'),
  values: z
    .array(z.union([text, z.record(z.string(), text)]))
    .min(1)
    .optional()
    .describe('Texts, or maps that all have the same keys.'),
  order: z
    .enum(['random', 'sequence', 'unique'])
    .default('random')
    .describe('How the next one is chosen. unique: in order, and none twice in one run.'),
}).meta(exactlyOne('range', 'path', 'values'));

const variant = section({
  command: command.optional().describe('Starts this variant, in place of command of target.'),
  url: nonEmpty.optional().describe('Where this variant runs already, as a canary does; nothing is started for it.'),
  env: variables.default({}).describe('Environment variables, laid over those of target.'),
  headers: headers.default({}).describe('Headers of every request of this variant.'),
  git: gitRef
    .optional()
    .describe('Branch, tag or commit that is checked out for it; a dot is the working tree as it is.'),
  build: build.optional().describe('In place of that of target.'),
}).nullable();

const variantName = z
  .string()
  .regex(
    /^[A-Za-z][A-Za-z0-9_-]{0,39}$/,
    rule('is not a name for a variant', 'use up to 40 letters, digits, hyphens and underscores, a letter first'),
  );

const findingRule = section({
  audit: nonEmpty.optional().describe('Id of the audit; default: every one.'),
  severity: z.enum(['high', 'medium', 'low']).default('low').describe('The least severity that counts.'),
  grade: z.enum(['proven', 'likely', 'possible']).default('proven').describe('The least grade that counts.'),
  scope: z
    .enum(['introduced', 'all'])
    .default('introduced')
    .describe('Of a comparison: only what is new, or all that is there after. Without one every finding counts.'),
});

const gate = section({
  metric: z.enum(['p50', 'p90', 'p95', 'p99']).default('p95').describe('The latency that decides.'),
  margin: percent(1000).default('10%').describe('A smaller relative change does not matter.'),
  floor: duration({ min: '0ms', max: '1h' }).default('1ms').describe('A smaller absolute change does not matter.'),
  errors: percent(100).default('0.1%').describe('Share of failed requests that is tolerated.'),
  certain: z.boolean().default(false).describe('true: a result that is inconclusive or not trusted exits with 3.'),
  require: z
    .array(nonEmpty)
    .default([])
    .describe('What must hold, a rule each: "p95 of GET /orders < 250ms", "p95 <= -20%", "errors <= +0%".'),
  findings: z
    .array(z.union([nonEmpty, findingRule]))
    .default([])
    .describe('Findings that exit with 1: ids of audits, whose proven findings do, or rules.'),
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
  before: z.array(step).default([]).describe('Steps that run once before each load, and count in nothing.'),
  after: z.array(step).default([]).describe('Steps that run once after each load, and count in nothing.'),
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
export type FlowDocument = ScenarioDocument['flows'][number];
export type DataDocument = z.output<typeof dataSource>;
