import { readdirSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import type { FailureCode } from '../model/failure.ts';
import { failureOf } from '../testing/scenario-folder.ts';
import { loadScenario } from './load-scenario.ts';

describe('broken scenarios', () => {
  interface Expected {
    readonly code: FailureCode;
    readonly at: string;
    readonly message: string;
    readonly hint: string;
  }
  const table: Readonly<Record<string, Expected>> = {
    'not-yaml': { code: 'scenario-not-yaml', at: '4:1', message: 'this is not YAML', hint: 'mend the syntax' },
    'duplicate-key': { code: 'scenario-not-yaml', at: '6:3', message: '"rounds" stands in line 4', hint: 'mend' },
    'unsafe-yaml': { code: 'scenario-unsafe-yaml', at: '3:8', message: 'js/function', hint: 'plain data' },
    'unknown-key': {
      code: 'scenario-unknown-key',
      at: '4:3',
      message: 'unknown key "conections" in load',
      hint: 'did you mean "connections"?',
    },
    'wrong-type': {
      code: 'scenario-wrong-type',
      at: '4:11',
      message: 'load.rounds must be a number or a map, not a string',
      hint: 'write a number or a map here',
    },
    'missing-key': { code: 'scenario-missing-key', at: '2:1', message: 'target.url is missing', hint: '${PORT}' },
    'invalid-value': {
      code: 'scenario-invalid-value',
      at: '4:11',
      message: 'load.rounds: 51 is too big',
      hint: 'at most 50',
    },
    'missing-variable': {
      code: 'scenario-missing-variable',
      at: '4:8',
      message: 'CHOKEPOINT_FIXTURE_UNSET is not set',
      hint: '${CHOKEPOINT_FIXTURE_UNSET:-value}',
    },
    'invalid-duration': {
      code: 'scenario-invalid-duration',
      at: '3:17',
      message: 'load.warmup: "2" is not a duration',
      hint: '500ms, 2s, 1m',
    },
    'unknown-data': {
      code: 'scenario-unknown-data',
      at: '7:14',
      message: '{{ user.mail }} is not defined',
      hint: '"user.id", "user.name"',
    },
    'data-unreadable': {
      code: 'data-unreadable',
      at: '4:23',
      message: 'ragged.csv cannot be used: line 3 has 3 fields, and its header 2',
      hint: 'a header line',
    },
    'host-not-allowed': {
      code: 'host-not-allowed',
      at: '3:3',
      message: 'load is not sent to shop.example.com',
      hint: 'target.allowHosts: [shop.example.com]',
    },
    'missing-setup-file': {
      code: 'scenario-invalid-value',
      at: '6:9',
      message: 'no-such-schema.sql cannot be read: there is no such file',
      hint: 'relative to the scenario file',
    },
    'open-quote': {
      code: 'scenario-invalid-value',
      at: '3:12',
      message: 'target.command: the quote " is not closed',
      hint: 'as a list of words',
    },
    'empty-data': {
      code: 'data-unreadable',
      at: '4:23',
      message: 'header-only.csv cannot be used: it has a header and no rows',
      hint: 'at least one row',
    },
    'broken-data-line': {
      code: 'data-unreadable',
      at: '4:23',
      message: 'cut-off.ndjson cannot be used: line 3 is not JSON',
      hint: 'a line each',
    },
    'data-too-short': {
      code: 'data-too-short',
      at: '5:5',
      message: 'the data "code" has 3 rows, and one round needs about 150',
      hint: 'order: random',
    },
    'rate-and-phases': {
      code: 'scenario-invalid-value',
      at: '5:11',
      message: 'load.phases: stands beside rate',
      hint: 'keep one of the two',
    },
    'invalid-rate': {
      code: 'scenario-invalid-value',
      at: '3:15',
      message: 'load.rate: is not a rate',
      hint: '200/s, 90/m',
    },
    'late-warmup': {
      code: 'scenario-invalid-value',
      at: '6:44',
      message: 'load.phases.1.warmup: stands in a phase after one that is counted',
      hint: 'first',
    },
    'two-warmups': {
      code: 'scenario-invalid-value',
      at: '4:11',
      message: 'load.warmup: stands beside a phase that warms up',
      hint: 'keep one',
    },
    'invalid-json-path': {
      code: 'scenario-invalid-value',
      at: '7:28',
      message: 'is not a JSONPath: unclosed bracketed selection at character 10',
      hint: '$.items[0].id',
    },
    'invalid-regex': {
      code: 'scenario-invalid-value',
      at: '7:29',
      message: 'is not a regular expression: Unterminated group',
      hint: 'JavaScript',
    },
    'missing-group': {
      code: 'scenario-invalid-value',
      at: '7:70',
      message: 'there is no group 2: the expression has 1 group',
      hint: 'group 0',
    },
    'early-capture': {
      code: 'scenario-name-not-known-here',
      at: '5:42',
      message: '{{ token }} is used before it is captured',
      hint: 'earlier steps',
    },
    'captured-data': {
      code: 'scenario-invalid-value',
      at: '6:59',
      message: '"user" is the name of data',
      hint: 'use another name',
    },
    'filled-in-expectation': {
      code: 'scenario-invalid-value',
      at: '6:62',
      message: 'expect: holds {{ user }}, and nothing is filled in there',
      hint: 'write the text itself',
    },
    'two-bodies': {
      code: 'scenario-invalid-value',
      at: '8:17',
      message: 'form: stands beside json',
      hint: 'keep one of the two',
    },
    'missing-body-file': {
      code: 'scenario-invalid-value',
      at: '5:35',
      message: 'no-such-photo.jpg cannot be read: there is no such file',
      hint: 'relative to the scenario file',
    },
    'certificate-without-https': {
      code: 'scenario-invalid-value',
      at: '4:8',
      message: 'target.tls: has no effect',
      hint: 'leave it out',
    },
    'broken-certificate': {
      code: 'scenario-invalid-value',
      at: '4:14',
      message: 'target.tls.ca: cut-off.pem holds a certificate that does not parse',
      hint: 'in PEM',
    },
    'gate-rule': {
      code: 'scenario-invalid-value',
      at: '7:7',
      message: 'gate.require.1: there is no endpoint "GET /order"',
      hint: 'did you mean "GET /orders"?',
    },
    'certificate-without-key': {
      code: 'scenario-invalid-value',
      at: '4:16',
      message: 'target.tls.cert: stands without key',
      hint: 'belong together',
    },
  };

  it('are all in the table', () => {
    const files = readdirSync('fixtures/invalid').filter((name) => name.endsWith('.yaml'));
    expect(Object.keys(table).sort()).toEqual(files.map((name) => name.slice(0, -'.yaml'.length)).sort());
  });

  it.each(Object.entries(table))('fixtures/invalid/%s.yaml is refused at its place', async (name, expected) => {
    const path = `fixtures/invalid/${name}.yaml`;
    const { code, at, message, hint, exitCode } = await failureOf(loadScenario(path, {}));
    expect({ code, at: `${at?.line}:${at?.column}`, file: at?.file }).toEqual({
      code: expected.code,
      at: expected.at,
      file: path,
    });
    expect(message).toContain(expected.message);
    expect(hint).toContain(expected.hint);
    expect(exitCode).toBe(2);
  });
});
