import { readFile } from 'node:fs/promises';
import pg from 'pg';
import type { Gathered } from '../model/artifacts.ts';
import type { Outcome } from '../model/audit.ts';
import type { Finding } from '../model/finding.ts';
import type { PlansArtifact } from '../model/plans.ts';
import type { QueriesArtifact } from '../model/queries.ts';
import { explainPass } from '../run/explain-pass.ts';
import { openDatabase } from '../run/open-database.ts';
import { createPassContext } from '../run/pass-context.ts';
import { runAudits } from '../run/run-audits.ts';
import { tracePass } from '../run/trace-pass.ts';
import { createScenarioFolder } from './scenario-folder.ts';
import { createTestDatabase } from './test-database.ts';

/** What is known of a service that was traced and explained, but not measured. */
export interface TracedService {
  readonly queries: QueriesArtifact;
  readonly plans: PlansArtifact;
  readonly outcomes: Readonly<Record<string, Outcome>>;
  /** What the audits of statements found at one endpoint, such as `GET /orders`. */
  findingsOf(endpoint: string): readonly Finding[];
}

/**
 * Fills a database with the SQL file `setup`, starts `server` on it, sends each of `paths` a few times through the tap,
 * explains what was heard, and audits it.
 */
export async function traceService(
  server: string,
  setup: string,
  paths: readonly string[],
  traceRequests = 3,
): Promise<TracedService> {
  const database = await createTestDatabase();
  const folder = await createScenarioFolder();
  const signal = new AbortController().signal;
  try {
    await fill(database.url, await readFile(setup, 'utf8'));
    const flows = paths.map((path) => ({ steps: [{ get: path }] }));
    const scenario = await folder.load(
      JSON.stringify({
        name: 'traced',
        target: { command: `node ${server}`, url: 'http://127.0.0.1:${PORT}' },
        database: { url: database.url, scratch: true },
        load: { traceRequests, connections: 1 },
        flows,
      }),
    );
    const opened = await openDatabase(scenario, signal, () => undefined);
    try {
      const context = createPassContext({ scenario, signal, onProgress: () => undefined }, opened);
      const [variant] = scenario.variants;
      if (!variant) throw new Error('a scenario has a variant');
      const trace = await tracePass(context, variant);
      const plans = await explainPass(context, variant.name, trace);
      if (trace.queries.status === 'missing') throw new Error(trace.queries.reason);
      if (plans.status === 'missing') throw new Error(plans.reason);
      const missing = { status: 'missing', reason: 'not measured here' } as const;
      const gathered: Gathered = { load: missing, profile: missing, runtime: missing, ...trace, plans };
      const outcomes = runAudits(gathered, scenario.audits, '2026-01-01');
      return {
        queries: trace.queries.value,
        plans: plans.value,
        outcomes,
        findingsOf: (endpoint) =>
          Object.values(outcomes).flatMap((outcome) =>
            outcome.status === 'fail' ? outcome.findings.filter((finding) => finding.endpoint === endpoint) : [],
          ),
      };
    } finally {
      await opened?.close();
    }
  } finally {
    await folder.remove();
    await database.drop();
  }
}

async function fill(url: string, script: string): Promise<void> {
  const client = new pg.Client({ connectionString: url });
  try {
    await client.connect();
    await client.query(script);
  } finally {
    await client.end();
  }
}
