import { databaseFailures } from './database-failures.ts';
import { entry } from './failure-entry.ts';
import { inputFailures } from './input-failures.ts';
import { repositoryFailures } from './repository-failures.ts';
import { scenarioFailures } from './scenario-failures.ts';
import { serviceFailures } from './service-failures.ts';

/** Every failure that is expected to happen to a user: its exit code, its message and what to do about it. */
export const failureTable = {
  interrupted: entry<Record<string, never>>('interrupted', () => ({
    message: 'interrupted',
    hint: 'everything that was started has been stopped; no run was written',
  })),

  // The command line.
  usage: entry<{ detail: string; hint: string }>('usage', ({ detail, hint }) => ({ message: detail, hint })),
  'unknown-audit': entry<{ id: string; suggestion?: string }>('usage', ({ id, suggestion }) => ({
    message: `there is no audit "${id}"`,
    hint: suggestion
      ? `did you mean "${suggestion}"? \`chokepoint audits\` lists them`
      : '`chokepoint audits` lists them',
  })),
  'audit-of-capacity': entry<{ id: string }>('usage', ({ id }) => ({
    message: `"${id}" is judged by \`chokepoint capacity\`, never by a run, so it cannot fail the gate`,
    hint: 'leave it out; `chokepoint capacity <scenario>` shows what it finds',
  })),

  ...scenarioFailures,
  ...serviceFailures,
  ...repositoryFailures,
  ...databaseFailures,
  ...inputFailures,
} as const;
