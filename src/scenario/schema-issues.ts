import type { z } from 'zod';
import { closest } from '../model/closest.ts';
import { Failure, type SourcePosition } from '../model/failure.ts';
import { notADuration, readRule } from './schema-parts.ts';
import { contentOf, locate, nearestPosition, type SourceNode } from './source-tree.ts';

type Issue = z.core.$ZodIssue;

interface Problem {
  readonly failure: Failure;
  /** A missing key stands nowhere; it may be a mistyped one, so it is told only when nothing else is wrong. */
  readonly missing: boolean;
}

/** The first of zod's issues with `root` in the order of the file, told in the words of the user's document. */
export function schemaFailure(issues: readonly Issue[], root: SourceNode): Failure {
  const problems = issues.flatMap((issue) => problemsOf(issue, root, issue.path));
  const [first] = problems.sort((a, b) => Number(a.missing) - Number(b.missing) || order(a.failure.at, b.failure.at));
  if (!first) throw new Error('zod refused a scenario without an issue');
  return first.failure;
}

/** Where another type is wanted than what stands there. */
export function mistypedPaths(issues: readonly Issue[]): readonly (readonly PropertyKey[])[] {
  return issues.flatMap((issue) => {
    if (issue.code === 'invalid_type') return [issue.path];
    if (issue.code !== 'invalid_union') return [];
    const branch = branchOf(issue);
    return branch ? mistypedPaths(branch).map((path) => [...issue.path, ...path]) : [issue.path];
  });
}

function order(a: SourcePosition | undefined, b: SourcePosition | undefined): number {
  if (!a || !b) return 0;
  return a.line - b.line || a.column - b.column;
}

function problemsOf(issue: Issue, root: SourceNode, path: readonly PropertyKey[]): readonly Problem[] {
  const name = path.join('.');
  const keyAt = nearestPosition(root, path);
  const node = locate(root, path)?.node;
  const valueAt = node?.at ?? keyAt;
  const input = node && contentOf(node);
  const found = (failure: Failure): readonly Problem[] => [{ failure, missing: false }];
  const invalid = (reason: string, hint: string, at = valueAt) =>
    found(new Failure('scenario-invalid-value', { path: name, reason, hint }, { at }));

  switch (issue.code) {
    case 'unrecognized_keys':
      return issue.keys.map((key) => {
        const allowed = issue.message.split('\n');
        const suggestion = closest(key, allowed);
        const detail = { key, parent: name, allowed, ...(suggestion === undefined ? {} : { suggestion }) };
        const at = nearestPosition(root, [...path, key]);
        return { failure: new Failure('scenario-unknown-key', detail, { at }), missing: false };
      });
    case 'invalid_union': {
      const branch = branchOf(issue);
      if (branch) return branch.flatMap((nested) => problemsOf(nested, root, [...path, ...nested.path]));
      if (!node)
        return [missingKey(path, issue.errors.flatMap((errors) => errors.map(expectedOf)).join(' or '), keyAt)];
      return found(
        wrongType(
          name,
          issue.errors.flatMap((errors) => errors.map(expectedOf)),
          input,
          valueAt,
        ),
      );
    }
    case 'invalid_type':
      if (!node) return [missingKey(path, expectedOf(issue), keyAt)];
      if (issue.message === notADuration && isScalar(input)) return found(invalidDuration(name, input, valueAt));
      if (readRule(issue.message).hint !== undefined && isScalar(input)) break;
      return found(wrongType(name, [expectedOf(issue)], input, valueAt));
    case 'invalid_format':
      if (issue.message === notADuration && isScalar(input)) return found(invalidDuration(name, input, valueAt));
      break;
    case 'invalid_value':
      return invalid('is none of the values that it may have', `write one of ${issue.values.join(', ')}`);
    case 'too_small':
      if (input === '') return invalid('is empty', atLeast(issue));
      return invalid(isScalar(input) ? `${input} is too small` : 'has too few items', atLeast(issue));
    case 'too_big':
      return invalid(isScalar(input) ? `${input} is too big` : 'has too many items', `write at most ${issue.maximum}`);
    case 'invalid_key': {
      const { reason, hint } = readRule(issue.issues[0]?.message ?? issue.message);
      return invalid(reason, hint ?? 'use another key', keyAt);
    }
  }
  const { reason, hint } = readRule(issue.message);
  return invalid(reason, hint ?? 'write another value');
}

function missingKey(path: readonly PropertyKey[], expected: string, at: SourcePosition): Problem {
  const detail = { path: path.join('.'), expected: exampleOf(path) ?? expected };
  return { failure: new Failure('scenario-missing-key', detail, { at }), missing: true };
}

/** The alternative that was meant: the one whose type fits, though something in it is wrong. */
function branchOf(issue: Extract<Issue, { code: 'invalid_union' }>): readonly Issue[] | undefined {
  return issue.errors.find(
    (errors) => !errors.some((nested) => nested.code === 'invalid_type' && nested.path.length === 0),
  );
}

function atLeast(issue: Extract<Issue, { code: 'too_small' }>): string {
  if (issue.origin === 'string') return 'write a text that is not empty';
  return issue.inclusive === false ? `write more than ${issue.minimum}` : `write at least ${issue.minimum}`;
}

function invalidDuration(path: string, input: string | number | boolean | null, at: SourcePosition): Failure {
  return new Failure('scenario-invalid-duration', { path, text: String(input ?? '') }, { at });
}

function wrongType(path: string, expected: readonly string[], input: unknown, at: SourcePosition): Failure {
  const detail = { path, expected: [...new Set(expected)].join(' or '), received: typeName(input) };
  return new Failure('scenario-wrong-type', detail, { at });
}

/** What to add for a key that must be there. */
const examples: Readonly<Record<string, string>> = {
  target: 'target: { url: http://127.0.0.1:3000 }',
  'target.url': 'url: http://127.0.0.1:3000, or with target.command http://127.0.0.1:${PORT}',
  flows: 'flows: [{ steps: [{ get: / }] }]',
  steps: 'steps: [{ get: / }]',
  url: 'url: /path',
  as: 'as: user, for {{ user }}',
  duration: 'duration: 30s',
  rate: 'rate: 50/s',
  user: 'user: ada',
  password: 'password: "${PASSWORD}"',
  audit: 'audit: n-plus-one',
  reason: 'reason: why it is no fault here',
};

function exampleOf(path: readonly PropertyKey[]): string | undefined {
  return examples[path.join('.')] ?? examples[String(path.at(-1))];
}

const typeNames: Readonly<Record<string, string>> = {
  string: 'a string',
  number: 'a number',
  int: 'a whole number',
  boolean: 'true or false',
  array: 'a list',
  tuple: 'a list of two',
  object: 'a map',
  record: 'a map',
};

function expectedOf(issue: Issue): string {
  if (issue.message === notADuration) return 'a duration such as 2s';
  const expected = issue.code === 'invalid_type' ? issue.expected : 'object';
  return typeNames[expected] ?? expected;
}

/** What stands there, without a text's content: it may be a secret that a variable brought in. */
function typeName(input: unknown): string {
  if (input === null) return 'empty';
  if (Array.isArray(input)) return 'a list';
  if (typeof input === 'number' || typeof input === 'boolean') return String(input);
  return typeof input === 'string' ? 'a string' : 'a map';
}

function isScalar(input: unknown): input is string | number | boolean | null {
  return input === null || typeof input !== 'object';
}
