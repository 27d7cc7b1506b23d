import type { Gathered } from '../model/artifacts.ts';
import type { AuditText, Outcome } from '../model/audit.ts';
import type { Finding } from '../model/finding.ts';
import type { LoadedRun, Run, VariantRun } from '../model/run.ts';
import { sampleComparedMetrics, sampleEndpoints, sampleMetrics } from './sample-metrics.ts';
import { sampleProfile } from './sample-profile.ts';
import { sampleRounds } from './sample-seconds.ts';
import {
  customerStatement,
  fastSessionsPlan,
  ordersStatement,
  samplePlans,
  sampleQueries,
  sessionsIndexDdl,
  sessionsStatement,
  slowSessionsPlan,
} from './sample-statements.ts';

const nPlusOneFinding: Finding = {
  key: `n-plus-one|GET /orders|${customerStatement.fingerprint}`,
  audit: 'n-plus-one',
  endpoint: 'GET /orders',
  severity: 'high',
  grade: 'proven',
  summary: '100 statements per request on customers, one per row of orders',
  savingMs: 37.5,
  evidence: [
    {
      kind: 'statement',
      label: 'runs 100 times in one request (seen in 5 of 5 requests)',
      sql: customerStatement.normalized,
      calls: 100,
      totalMs: 41,
    },
    {
      kind: 'statement',
      label: 'its column "customer_id" holds the loop’s parameters: 100 of 100, in the order of its rows',
      sql: ordersStatement.normalized,
      calls: 1,
    },
    {
      kind: 'fix',
      label: 'one statement for all rows; it gave the same rows',
      language: 'sql',
      text: 'SELECT id, name, email FROM customers WHERE id = ANY($1::integer[])',
    },
    {
      kind: 'measurement',
      label: '100 statements → 1',
      beforeMs: 38.6,
      afterMs: 1.12,
      runs: 5,
      method: 'both executed on an idle connection with the captured parameters, nothing attached',
    },
  ],
};

export const missingIndexFinding: Finding = {
  key: `missing-index|GET /users/:userId/sessions/active|${sessionsStatement.fingerprint}`,
  audit: 'missing-index',
  endpoint: 'GET /users/:userId/sessions/active',
  severity: 'high',
  grade: 'proven',
  summary: 'sessions has no index on (user_id, status); with one the statement takes 99 % less time',
  savingMs: 70.5,
  evidence: [
    { kind: 'statement', label: 'the statement', sql: sessionsStatement.normalized, calls: 1 },
    {
      kind: 'fix',
      label: 'the index: 29.9 MB, built in 0.8 s',
      language: 'sql',
      text: sessionsIndexDdl,
    },
    {
      kind: 'measurement',
      label: 'without → with the index on (user_id, status)',
      beforeMs: 70.9,
      afterMs: 0.38,
      runs: 5,
      method: 'the index was built on a scratch copy of the database, and the statement executed before and after',
    },
    { kind: 'plan', label: 'plan without the index', plan: slowSessionsPlan },
    { kind: 'plan', label: 'plan with the index', plan: fastSessionsPlan },
  ],
};

const server = '/srv/orders/fixtures/apps/orders/server.js';

const cpuHotspotFinding: Finding = {
  key: 'cpu-hotspot|GET /report|deepClone|server.js',
  audit: 'cpu-hotspot',
  endpoint: 'GET /report',
  severity: 'high',
  grade: 'likely',
  summary: 'deepClone (server.js:120) itself takes 17.8 ms of CPU per request, 47 % of it all',
  savingMs: 17.8,
  evidence: [
    {
      kind: 'frames',
      label: 'self time per request over 124 requests in 5.0 s, sampled every 1000 µs',
      rows: [
        {
          frame: { name: 'deepClone', file: server, line: 120, kind: 'user' },
          selfUsPerRequest: 17_823,
          totalUsPerRequest: 20_887,
          share: 0.466,
        },
        {
          frame: { name: 'totalsByRegion', file: server, line: 96, kind: 'user' },
          selfUsPerRequest: 7_742,
          totalUsPerRequest: 7_742,
          share: 0.202,
        },
      ],
    },
    { kind: 'text', text: 'The saving is what the function takes now: the most that can be gained by it.' },
  ],
};

const audits: readonly AuditText[] = [
  {
    id: 'n-plus-one',
    technique: 'round-trips',
    title: 'Rows are loaded in batches',
    failureTitle: 'One query per row (N+1)',
    why: 'Every repeat pays a round trip, so latency grows with the number of rows.',
    fix: 'Load the rows in one statement: a JOIN, `= ANY($1)`, or a dataloader.',
  },
  {
    id: 'duplicate-query',
    technique: 'round-trips',
    title: 'No query is repeated within a request',
    failureTitle: 'The same query twice in one request',
    why: 'The answer was there already.',
    fix: 'Keep the result for the length of the request.',
  },
  {
    id: 'missing-index',
    technique: 'indexing',
    title: 'Filters are served by indexes',
    failureTitle: 'An index is missing',
    why: 'Without one every request reads the whole table, and the table grows.',
    fix: 'Create the index; CONCURRENTLY keeps writers going meanwhile.',
  },
  {
    id: 'inefficient-plan',
    technique: 'indexing',
    title: 'Plans do no needless work',
    failureTitle: 'The plan does needless work',
    why: 'Sorts on disk and misjudged row counts cost more than the rows themselves.',
    fix: 'See the plan for the node that costs most.',
  },
  {
    id: 'cpu-hotspot',
    technique: 'measure',
    title: 'No function of the service dominates the CPU',
    failureTitle: 'CPU hotspot',
    why: 'CPU time in one place bounds the throughput of the whole process.',
    fix: 'Do the work once, do less of it, or move it off the request.',
  },
  {
    id: 'event-loop-blocked',
    technique: 'measure',
    title: 'The event loop stays free',
    failureTitle: 'The event loop is blocked',
    why: 'While it is blocked no other request moves.',
    fix: 'Split the work or move it to a worker thread.',
  },
];

const outcomes = (failed: readonly Finding[]): Readonly<Record<string, Outcome>> =>
  Object.fromEntries(
    audits.map(({ id }): [string, Outcome] => {
      const findings = failed.filter(({ audit }) => audit === id);
      if (findings.length > 0) return [id, { status: 'fail', findings }];
      if (id === 'event-loop-blocked') {
        return [id, { status: 'skipped', missing: 'runtime', reason: 'the runtime agent does not report yet' }];
      }
      return [id, { status: 'pass' }];
    }),
  );

const gathered = (side: 0 | 1): Gathered => ({
  load: {
    status: 'gathered',
    value: {
      model: { kind: 'closed', connections: 10 },
      rounds: sampleRounds(side),
      insecure: false,
      health: { utilization: 0.31, threads: 1, lagP95Ms: 0.2, lagP99Ms: 0.4, stealShare: 0.01 },
      design: 'sliced',
      seed: 1,
      starters: [],
    },
  },
  profile: { status: 'gathered', value: sampleProfile(side) },
  queries: { status: 'gathered', value: sampleQueries(side) },
  plans: { status: 'gathered', value: samplePlans(side) },
  runtime: { status: 'missing', reason: 'the runtime agent does not report yet' },
  http: { status: 'missing', reason: 'the responses were not kept' },
});

const variant = (side: 0 | 1, name: string, failed: readonly Finding[]): VariantRun => ({
  metrics: sampleMetrics(side),
  outcomes: outcomes(failed),
  artifacts: {
    load: { status: 'gathered', file: `artifacts/${name}/load.json` },
    profile: { status: 'gathered', file: `artifacts/${name}/profile.json` },
    queries: { status: 'gathered', file: `artifacts/${name}/queries.ndjson` },
    plans: { status: 'gathered', file: `artifacts/${name}/plans.json` },
    runtime: { status: 'missing', reason: 'the runtime agent does not report yet' },
    http: { status: 'missing', reason: 'the responses were not kept' },
  },
  flameGraph: `flame/${name}.html`,
});

const run: Omit<Run, 'variants' | 'comparison' | 'decision'> = {
  schemaVersion: 1,
  id: '20260314T092611Z-orders',
  startedAt: '2026-03-14T09:26:11.000Z',
  durationMs: 98_400,
  tool: { name: 'chokepoint', version: '0.1.0' },
  scenario: {
    name: 'orders',
    digest: '8f0b7c52',
    endpoints: sampleEndpoints.map(({ endpoint }) => endpoint),
    gate: { metric: 'p95', margin: 0.1, floorMs: 1, errors: 0.001, certain: false, require: [], findings: [] },
    command: 'chokepoint run scenarios/orders.yaml',
  },
  environment: {
    node: 'v20.20.0',
    platform: 'linux x64',
    cpuModel: 'AMD EPYC 7B13',
    cpus: 2,
    memoryBytes: 8_300_000_000,
  },
  audits,
  validity: {
    trusted: true,
    warnings: [{ level: 'note', message: 'the hypervisor took 1 % of the CPU time' }],
  },
};

/** The demo as it should come out: the N+1 fixed, the missing index and the CPU hotspot still there. */
export function sampleRun(): LoadedRun {
  const metrics = sampleComparedMetrics();
  return {
    run: {
      ...run,
      variants: {
        before: variant(0, 'before', [nPlusOneFinding, missingIndexFinding, cpuHotspotFinding]),
        after: variant(1, 'after', [missingIndexFinding, cpuHotspotFinding]),
      },
      comparison: {
        before: 'before',
        after: 'after',
        metrics,
        omitted: [
          { name: 'p99', endpoint: 'GET /users/:userId/sessions/active', reason: 'too few requests in a round' },
          { name: 'p99', endpoint: 'GET /report', reason: 'too few requests in a round' },
        ],
        findings: { fixed: [nPlusOneFinding], remaining: [missingIndexFinding, cpuHotspotFinding], introduced: [] },
        resolution: Math.max(...metrics.filter(({ gates }) => gates).map(({ resolution }) => resolution)),
        verdict: 'IMPROVED',
        design: 'sliced',
        causes: [
          {
            endpoint: 'GET /orders',
            kind: 'statements',
            summary:
              'statements per request 101 → 2: SELECT id, name, email FROM customers WHERE id = $1 ran 100 times before',
            explainsMs: -37.5,
          },
        ],
        counts: [{ name: 'queries', endpoint: 'GET /orders', before: 101, after: 2 }],
        margin: 0.1,
        floorMs: 1,
      },
      decision: { exitCode: 0, reason: 'the verdict is IMPROVED', rules: [] },
    },
    gathered: { before: gathered(0), after: gathered(1) },
  };
}

/** The same service without variants: a diagnosis. */
export function sampleDiagnosis(): LoadedRun {
  return {
    run: {
      ...run,
      variants: { default: variant(0, 'default', [nPlusOneFinding, missingIndexFinding, cpuHotspotFinding]) },
      decision: { exitCode: 0, reason: 'the gate names no finding', rules: [] },
    },
    gathered: { default: gathered(0) },
  };
}
