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
      message: 'load.rounds must be a number, not a string',
      hint: 'write a number here',
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
  };

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
