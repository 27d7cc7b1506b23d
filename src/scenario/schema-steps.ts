import { z } from 'zod';
import {
  byteSize,
  duration,
  exactlyOne,
  headerName,
  headers,
  headerValue,
  nonEmpty,
  requestPath,
  rule,
  section,
  text,
  valueName,
} from './schema-parts.ts';

const basic = section({
  user: headerValue.describe('Its name; may hold {{ name }}.'),
  password: headerValue.describe('May hold {{ name }}.'),
});

/** How the user says who it is. */
export const auth = section({
  basic: basic.optional().describe('User and password (RFC 7617).'),
  bearer: headerValue.optional().describe('A token (RFC 6750); may hold {{ name }}.'),
}).meta({ id: 'auth', ...exactlyOne('basic', 'bearer') });

/** An expression that is longer was not written by hand, and may exhaust the stack of its parser. */
const expression = nonEmpty.refine(
  (written) => written.length <= 1000,
  rule('is longer than an expression may be', 'write at most 1000 characters'),
);

/** With an `id` a part stands in the JSON Schema once, however often it is used. */
const capture = section({
  as: valueName.describe('The name by which later steps of the flow reach it: {{ name }}.'),
  json: expression.optional().describe('JSONPath (RFC 9535) into the body; the first value that it finds.'),
  header: headerName.optional().describe('Name of a header of the response.'),
  regex: expression.optional().describe('Regular expression (JavaScript) that is looked for in the body.'),
  group: z.int().min(0).optional().describe('Its group; default: the first one, or 0, the whole, where it has none.'),
  flags: z
    .string()
    .regex(/^[imsuv]*$/, rule('holds a flag that does not fit here', 'use i, m, s, u and v'))
    .optional()
    .describe('Of regex: i for either case, m for lines, s so that a dot matches line ends too.'),
}).meta({ id: 'capture', ...exactlyOne('json', 'header', 'regex') });

const status = z.int().min(100).max(599);

const expectation = section({
  status: z
    .union([status, z.array(status).min(1)])
    .optional()
    .describe('One status or a list of them; any other is a failure. Default: below 400 is fine.'),
  json: z
    .record(expression, z.unknown())
    .optional()
    .describe('JSONPath (RFC 9535) into the body, and the value that it must find first.'),
  headers: z
    .record(headerName, text)
    .optional()
    .describe('Headers that the response must have, and a text that each of them must hold.'),
  contains: z
    .union([nonEmpty, z.array(nonEmpty).min(1)])
    .optional()
    .describe('A text, or texts, that the body must hold.'),
  maxBytes: byteSize().optional().describe('The most bytes that the body may have on the wire: 2000, 100kB, 2MiB.'),
});

/** One value, or a list for a name that stands several times. */
const fields = z.record(z.string(), z.union([text, z.array(text)]));

const request = section({
  url: requestPath.describe('Path and query; may hold {{ name }}.'),
  name: nonEmpty.optional().describe('The endpoint it counts for; default: method and path, such as GET /users/:id.'),
  query: fields
    .optional()
    .describe('More of the query, percent-encoded; a list repeats its name. May hold {{ name }}.'),
  headers: headers.default({}).describe('Request headers; values may hold {{ name }}.'),
  auth: z
    .union([auth, z.literal('none')])
    .optional()
    .describe('How the user says who it is; none: not at all, whatever target.auth says.'),
  json: z.unknown().optional().describe('Body, sent as JSON; strings in it may hold {{ name }}.'),
  form: fields.optional().describe('Body, sent as a form (application/x-www-form-urlencoded); may hold {{ name }}.'),
  body: z.string().optional().describe('Body, sent as it is; may hold {{ name }}.'),
  file: nonEmpty.optional().describe('Body, the bytes of this file, relative to the scenario.'),
  timeout: duration({ min: '1ms', max: '1h' }).optional().describe('Default: that of load.'),
  redirects: z
    .union([z.int().min(0).max(20), z.boolean()])
    .default(0)
    .describe('How many redirects are followed; true: 5. The request takes as long as all of them together.'),
  expect: expectation.default({}).describe('What the answer must be.'),
  capture: z
    .union([capture, z.array(capture).min(1)])
    .optional()
    .describe('A part of the response for later steps, or a list of them; where it is not found the request fails.'),
}).meta({ id: 'request' });

const requestOrPath = z.union([requestPath, request]).optional().describe('A path, or a map with url and more.');

/** Keys of a step that make a request, with the method that each sends. */
export const methodKeys = ['get', 'post', 'put', 'patch', 'delete', 'head', 'options'] as const;

/** Exactly one of its keys stands in each. */
export const step = section({
  get: requestOrPath,
  post: requestOrPath,
  put: requestOrPath,
  patch: requestOrPath,
  delete: requestOrPath,
  head: requestOrPath,
  options: requestOrPath,
  think: duration({ min: '0ms', max: '1h' }).optional().describe('A pause before the next step.'),
}).meta({ id: 'step', minProperties: 1, maxProperties: 1 });

export const flow = section({
  name: nonEmpty.optional().describe('Default: its first endpoint.'),
  weight: z.number().positive().max(1_000_000).default(1).describe('How often it is chosen, relative to the others.'),
  steps: z.array(step).min(1).describe('Requests and pauses, in order.'),
});

export type StepDocument = z.output<typeof step>;
export type RequestDocument = z.output<typeof request>;
export type AuthDocument = z.output<typeof auth>;
export type CaptureDocument = z.output<typeof capture>;
export type ExpectDocument = z.output<typeof expectation>;
