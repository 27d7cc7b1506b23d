import { isDeepStrictEqual } from 'node:util';
import type { Capture, Expectation, RequestStep } from '../../model/flow.ts';
import type { TemplateValues } from '../../model/template.ts';
import type { ReceivedResponse } from './exchange.ts';
import { compileJsonPath } from './json-path.ts';
import { allHeaders, firstHeader } from './raw-headers.ts';
import { type ResponseBody, readBody } from './response-body.ts';

/** What a step wants of its response, compiled once. */
export interface ResponseRule {
  /** Whether the body is looked at; else it need not be kept. */
  readonly wantsBody: boolean;
  judge(response: JudgedResponse): Judgement;
  /** The same one by one, for people to read: what fails does not hide what comes after it. */
  examine(response: JudgedResponse): Examination;
}

export type JudgedResponse = Omit<ReceivedResponse, 'bytes'>;

export interface Judgement {
  /** The first thing that is not as expected, in few words, such as `status 500` or `no $.token`. */
  readonly failure?: string;
  /** What was captured, by name; left out where nothing is to be captured or the request failed. */
  readonly captured?: TemplateValues;
}

export interface Examination {
  readonly expectations: readonly CheckedExpectation[];
  readonly captures: readonly FoundCapture[];
}

export interface CheckedExpectation {
  /** What is expected, such as `status below 400` or `$.ok is true`. */
  readonly text: string;
  readonly ok: boolean;
}

export interface FoundCapture {
  readonly as: string;
  /** Where it is looked for: `$.token`, `header location` or a regular expression. */
  readonly from: string;
  /** Left out where nothing was found. */
  readonly value?: string;
}

/** Failures are counted by their text: none holds anything of a response but its status. */
interface Check {
  readonly text: string;
  /** The failure, if it is one. */
  failureOf(response: JudgedResponse, body: ResponseBody): string | undefined;
}

interface CompiledCapture {
  readonly as: string;
  readonly from: string;
  find(response: JudgedResponse, body: ResponseBody): string | undefined;
  /** Why nothing was found. */
  failure(body: ResponseBody): string;
}

const fine: Judgement = {};

export function compileResponseRule({ expect, captures }: RequestStep): ResponseRule {
  const checks = checksOf(expect);
  const compiled = captures.map(compileCapture);
  return {
    wantsBody:
      expect.json.length > 0 || expect.contains.length > 0 || captures.some((capture) => capture.from !== 'header'),
    judge(response) {
      const body = readBody(response);
      for (const check of checks) {
        const failure = check.failureOf(response, body);
        if (failure !== undefined) return { failure };
      }
      if (compiled.length === 0) return fine;
      const captured: Record<string, string> = {};
      for (const capture of compiled) {
        const value = capture.find(response, body);
        if (value === undefined) return { failure: capture.failure(body) };
        captured[capture.as] = value;
      }
      return { captured };
    },
    examine(response) {
      const body = readBody(response);
      return {
        expectations: checks.map(({ text, failureOf }) => ({ text, ok: failureOf(response, body) === undefined })),
        captures: compiled.map(({ as, from, find }) => {
          const value = find(response, body);
          return { as, from, ...(value !== undefined && { value }) };
        }),
      };
    },
  };
}

/** The cheap ones first: a body that nobody needs is neither decoded nor parsed. */
function checksOf({ statuses, headers, maxBytes, contains, json }: Expectation): readonly Check[] {
  return [
    statusCheck(statuses),
    ...headers.map(headerCheck),
    ...(maxBytes === undefined ? [] : [sizeCheck(maxBytes)]),
    ...contains.map(textCheck),
    ...json.map(jsonCheck),
  ];
}

function statusCheck(statuses: readonly number[] | undefined): Check {
  return {
    text: `status ${statuses?.join(' or ') ?? 'below 400'}`,
    failureOf({ status }) {
      const isExpected = statuses === undefined ? status < 400 : statuses.includes(status);
      return isExpected ? undefined : `status ${status}`;
    },
  };
}

function headerCheck({ name, holds }: Expectation['headers'][number]): Check {
  return {
    text: holds === '' ? `a header ${name}` : `${name} holds ${holds}`,
    failureOf({ headers }) {
      const values = allHeaders(headers, name);
      if (values.length === 0) return `no header ${name}`;
      return values.join(', ').includes(holds) ? undefined : `${name} does not hold ${holds}`;
    },
  };
}

function sizeCheck(maxBytes: number): Check {
  return {
    text: `body of at most ${maxBytes} bytes`,
    failureOf: ({ bodyBytes }) => (bodyBytes <= maxBytes ? undefined : `body over ${maxBytes} bytes`),
  };
}

function textCheck(text: string): Check {
  const shown = shortened(JSON.stringify(text));
  return {
    text: `contains ${shown}`,
    failureOf(_, body) {
      const whole = body.text();
      if (whole === undefined) return body.fault();
      return whole.includes(text) ? undefined : `does not contain ${shown}`;
    },
  };
}

function jsonCheck({ path, value }: Expectation['json'][number]): Check {
  const find = compileJsonPath(path);
  const json = JSON.stringify(value);
  const shown = shortened(json);
  // As JSON brings it: equal prototypes are part of being equal.
  const wanted: unknown = JSON.parse(json);
  return {
    text: `${path} is ${shown}`,
    failureOf(_, body) {
      const found = find(body.document());
      if (found === undefined) return body.fault() || `no ${path}`;
      return found === wanted || isDeepStrictEqual(found, wanted) ? undefined : `${path} is not ${shown}`;
    },
  };
}

/**
 * A regular expression can take a time that grows exponentially with its text (`(a+)+$`), and nothing can interrupt
 * it. It sees the first MiB of a body, so that one that is only quadratic on a large body does not stop the load;
 * against the worst ones only a better expression helps.
 */
const mostSearchedCharacters = 2 ** 20;

function compileCapture(capture: Capture): CompiledCapture {
  const { as } = capture;
  if (capture.from === 'header') {
    const { name } = capture;
    const from = `header ${name}`;
    return { as, from, find: ({ headers }) => firstHeader(headers, name), failure: () => `no ${from}` };
  }
  if (capture.from === 'json') {
    const { path } = capture;
    const find = compileJsonPath(path);
    return {
      as,
      from: path,
      find: (_, body) => textOf(find(body.document())),
      failure: (body) => body.fault() || `no ${path}`,
    };
  }
  const { group } = capture;
  const pattern = new RegExp(capture.pattern, capture.flags);
  const from = String(pattern);
  return {
    as,
    from,
    find(_, body) {
      // With the flags g and y it would go on where the last response ended.
      pattern.lastIndex = 0;
      const text = body.text();
      return text === undefined ? undefined : pattern.exec(text.slice(0, mostSearchedCharacters))?.[group];
    },
    failure: (body) => body.fault() || `no match of ${from}`,
  };
}

/** A JSON value as a template has it. */
function textOf(value: unknown): string | undefined {
  if (typeof value === 'string' || value === undefined) return value;
  if (typeof value !== 'object') return String(value);
  try {
    return JSON.stringify(value);
  } catch (error) {
    // It parses deeper nesting than it can write.
    if (error instanceof RangeError) return undefined;
    throw error;
  }
}

function shortened(text: string): string {
  return text.length <= 60 ? text : `${text.slice(0, 59)}…`;
}
