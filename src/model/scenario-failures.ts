import { entry } from './failure-entry.ts';

const quoted = (names: readonly string[]) => names.map((name) => `"${name}"`).join(', ');

/** What can be wrong with a scenario, and with the data that it names. */
export const scenarioFailures = {
  'scenario-not-found': entry<{ path: string }>('usage', ({ path }) => ({
    message: `there is no scenario at ${path}`,
    hint: 'give the path of a YAML file; `chokepoint demo` needs none',
  })),
  'scenario-unreadable': entry<{ path: string; reason: string }>('usage', ({ path, reason }) => ({
    message: `${path} cannot be read: ${reason}`,
    hint: 'check the path and its permissions',
  })),
  'scenario-too-large': entry<{ path: string; bytes: number; maxBytes: number }>(
    'usage',
    ({ path, bytes, maxBytes }) => ({
      message: `${path} has ${Math.ceil(bytes / 1024)} KB, and a scenario has at most ${maxBytes / 1024}`,
      hint: 'keep long lists of values in a CSV or JSON file, and name it under data:',
    }),
  ),
  'scenario-not-yaml': entry<{ reason: string }>('usage', ({ reason }) => ({
    message: `this is not YAML: ${reason}`,
    hint: 'mend the syntax at this place; scenarios/orders.yaml is an example',
  })),
  'scenario-unsafe-yaml': entry<{ reason: string }>('usage', ({ reason }) => ({
    message: `refused: ${reason}`,
    hint: 'a scenario is plain data: no custom tags, and few aliases',
  })),
  'scenario-unknown-key': entry<{ key: string; parent: string; suggestion?: string; allowed: readonly string[] }>(
    'usage',
    ({ key, parent, suggestion, allowed }) => ({
      message: `unknown key "${key}"${parent ? ` in ${parent}` : ''}`,
      hint: suggestion ? `did you mean "${suggestion}"?` : `allowed here: ${quoted(allowed)}`,
    }),
  ),
  'scenario-wrong-type': entry<{ path: string; expected: string; received: string }>(
    'usage',
    ({ path, expected, received }) => ({
      message: `${path || 'the scenario'} must be ${expected}, not ${received}`,
      hint: `write ${expected} here`,
    }),
  ),
  'scenario-missing-key': entry<{ path: string; expected: string }>('usage', ({ path, expected }) => ({
    message: `${path} is missing`,
    hint: `add it: ${expected}`,
  })),
  'scenario-invalid-value': entry<{ path: string; reason: string; hint: string }>(
    'usage',
    ({ path, reason, hint }) => ({ message: `${path}: ${reason}`, hint }),
  ),
  'scenario-missing-variable': entry<{ name: string }>('usage', ({ name }) => ({
    message: `the environment variable ${name} is not set`,
    hint: `set it (${name}=… chokepoint …), or give a default: \${${name}:-value}`,
  })),
  'scenario-invalid-duration': entry<{ path: string; text: string }>('usage', ({ path, text }) => ({
    message: `${path}: "${text}" is not a duration`,
    hint: 'write a number with its unit: 500ms, 2s, 1m',
  })),
  'scenario-unknown-data': entry<{ name: string; known: readonly string[] }>('usage', ({ name, known }) => ({
    message: `{{ ${name} }} is not defined`,
    hint: known.length > 0 ? `known here: ${quoted(known)}` : 'define it under data:',
  })),
  'scenario-name-not-known-here': entry<{ name: string; reason: string }>('usage', ({ name, reason }) => ({
    message: `{{ ${name} }} ${reason}`,
    hint: 'a step knows the data, what `before` captured, and what earlier steps of its own flow captured',
  })),
  'data-unreadable': entry<{ path: string; reason: string }>('usage', ({ path, reason }) => ({
    message: `the data file ${path} cannot be used: ${reason}`,
    hint: /\.(json|jsonl|ndjson)$/i.test(path)
      ? `${/\.json$/i.test(path) ? 'a JSON file wants a list' : 'an NDJSON file wants a line each'} of plain values, or of maps that all have the same keys`
      : 'a CSV file wants a header line and at least one row with as many fields',
  })),
  'data-too-short': entry<{ name: string; rows: number; need: number }>('usage', ({ name, rows, need }) => ({
    message: `the data "${name}" has ${rows} ${rows === 1 ? 'row' : 'rows'}, and one round needs about ${need}, each of them once`,
    hint: 'give more rows, shorten the load, or use `order: random`',
  })),
  'data-exhausted': entry<{ name: string; rows: number }>('usage', ({ name, rows }) => ({
    message: `the data "${name}" has ${rows} ${rows === 1 ? 'row' : 'rows'}, and \`order: unique\` needed more`,
    hint: 'give more rows, shorten the load, or use `order: random`',
  })),
  'rate-out-of-reach': entry<{ wantedPerS: number; begunPerS: number; utilization: number }>(
    'usage',
    ({ wantedPerS, begunPerS, utilization }) => ({
      message: `${wantedPerS} flows per second were to begin, and ${begunPerS} did: the load generator was busy ${Math.round(utilization * 100)} % of the time, so this machine cannot send so many`,
      hint: 'lower the rate; what one machine can send is no measure of the service',
    }),
  ),
  'body-unreadable': entry<{ path: string; reason: string }>('usage', ({ path, reason }) => ({
    message: `the file ${path} cannot be sent as a body: ${reason}`,
    hint: 'check the path and its permissions; it is relative to the scenario',
  })),
  'host-not-allowed': entry<{ host: string }>('usage', ({ host }) => ({
    message: `load is not sent to ${host}: it is not this machine`,
    hint: `if you may load that host, name it: target.allowHosts: [${host}]`,
  })),
} as const;
