import { describe, expect, it } from 'vitest';
import type { LoadedRun } from '../../model/run.ts';
import { sampleDiagnosis, sampleRun } from '../../testing/sample-run.ts';
import { renderGithub } from '../github/render-github.ts';
import { renderHtml } from '../html/render-html.ts';
import { renderJson } from '../json/render-json.ts';
import { renderJunit } from '../junit/render-junit.ts';
import { renderMarkdown } from '../markdown/render-markdown.ts';
import { renderTerminal } from '../terminal/render-terminal.ts';
import { type Redaction, redactions, redactRuns } from './redact-run.ts';

/** In every format, with the literals shown, as far as a report would ever go. */
const everyFormat = (loaded: LoadedRun): Readonly<Record<string, string>> => ({
  html: renderHtml(loaded, { showParameters: true }),
  markdown: renderMarkdown(loaded, { showParameters: true }),
  terminal: renderTerminal(loaded, { width: 120, color: false, showParameters: true }),
  json: renderJson(loaded.run),
  junit: renderJunit([loaded]),
  github: renderGithub([loaded], { root: '/home/mallory/secret-client' }),
  artifacts: JSON.stringify(loaded.gathered),
});

const redacted = (loaded: LoadedRun, ...kinds: readonly Redaction[]) => redactRuns([loaded], kinds)[0] ?? loaded;

/** Sentences with secrets, as services, databases and systems write them, one for each kind. */
const secrets: Readonly<Record<Redaction, readonly (readonly [text: string, secret: RegExp])[]>> = {
  literals: [
    ["WHERE email = 'alice@client.example' AND pin = 90210", /alice|90210/],
    ['duplicate key: Key (email)=(bob@client.example) already exists', /bob@/],
    ['invalid input syntax for type integer: "correct horse"', /correct horse/],
    ['json $.token is "eyJhbGciOi" and not "ok"', /eyJ/],
    ['user zoe.doe@mail.example was slow', /zoe/],
    ['the account 55501234 has most rows', /55501234/],
  ],
  hosts: [
    ['connect ECONNREFUSED 10.20.30.40:5432', /10\.20\.30/],
    ['connect ECONNREFUSED fe80::1ff:fe23:4567:890a', /fe80/],
    ['getaddrinfo ENOTFOUND vault01', /vault01/],
    ['connect to dbmaster:5432 timed out', /dbmaster/],
    ['https://admin:hunter2@shop.client.example:8443/orders?key=k3y', /admin|hunter2|shop\.client|k3y/],
    ['postgres://svc:pw0rd@ledger-db/payroll', /svc|pw0rd|ledger-db|payroll/],
    ['redirected to pay.client.co.uk', /client\.co/],
    ['database "payroll" does not exist', /payroll/],
  ],
  paths: [
    ['ENOENT: /home/mallory/secret-client/keys.pem', /mallory|secret-client/],
    ['at C:\\Users\\mallory\\shop\\app.js', /mallory|shop\\/],
    ['~/secret-client/x.yaml', /secret-client/],
    ["import 'file:///Users/mallory/shop/a.js'", /mallory/],
  ],
};

/** The sample with the sentence wherever a text is prose, and with the secret values among those that were traced. */
function hostileRun(text: string, base: LoadedRun = sampleRun()): LoadedRun {
  const prose = new Set(['summary', 'label', 'reason', 'message', 'text', 'error', 'method', 'command']);
  const sql = new Set(['sql', 'conditions', 'normalized', 'example', 'ddl']);
  const walk = (value: unknown, key: string): unknown => {
    if (typeof value === 'string') {
      if (sql.has(key) || /^(?:SELECT|CREATE) /.test(value))
        return `${value} AND note = '${text.replaceAll("'", "''")}'`;
      return prose.has(key) && value !== 'GET' ? `${value} ${text}` : value;
    }
    if (Array.isArray(value)) return value.map((entry) => walk(entry, key));
    if (typeof value !== 'object' || value === null) return value;
    return Object.fromEntries(Object.entries(value).map(([name, entry]) => [name, walk(entry, name)]));
  };
  const { run, gathered } = walk(base, '') as LoadedRun;
  return {
    run: { ...run, decision: { ...run.decision, rules: [{ rule: text, status: 'broken', summary: text }] } },
    gathered: Object.fromEntries(
      Object.entries(gathered).map(([name, artifacts]) => {
        if (artifacts.queries.status === 'missing') return [name, artifacts];
        const requests = artifacts.queries.value.requests.map((request) => ({
          ...request,
          url: `${request.url}?mail=zoe.doe%40mail.example`,
          executions: request.executions.map((each) => ({ ...each, parameters: ['zoe.doe@mail.example', '55501234'] })),
        }));
        const queries = { status: 'gathered', value: { ...artifacts.queries.value, requests } } as const;
        return [name, { ...artifacts, queries }];
      }),
    ),
  };
}

/** Where the secret is, so that a failure tells. */
function around(report: string, secret: RegExp): string {
  const at = report.search(secret);
  return at < 0 ? '' : report.slice(Math.max(at - 100, 0), at + 40);
}

describe('redaction', () => {
  for (const kind of redactions) {
    it.each(secrets[kind])(`of ${kind} leaves no format the secret in: %s`, (text, secret) => {
      for (const base of [sampleRun(), sampleDiagnosis()]) {
        const hostile = hostileRun(text, base);
        expect(everyFormat(hostile).json).toMatch(secret);
        for (const [format, report] of Object.entries(everyFormat(redacted(hostile, kind)))) {
          expect(around(report, secret), format).toBe('');
        }
      }
    });
  }

  it('of everything at once leaves none of them', () => {
    for (const [text, secret] of Object.values(secrets).flat()) {
      for (const [format, report] of Object.entries(everyFormat(redacted(hostileRun(text), ...redactions)))) {
        expect(around(report, secret), `${format}: ${text}`).toBe('');
      }
    }
  });

  it('takes no figure, name or statement from a report that holds no secret', () => {
    const { run } = redacted(sampleRun(), ...redactions);
    const { run: whole } = sampleRun();
    const expected = JSON.stringify(whole)
      .replaceAll('/srv/orders/fixtures/apps/orders/', '')
      .replaceAll("user_id = 4711) AND (status = 'active'::text", 'user_id = ?) AND (status = ?::text');
    expect(run).toEqual(JSON.parse(expected));
  });

  it('keeps equal things equal and different things different, over several runs', () => {
    const text = 'ECONNREFUSED 10.0.0.1:5432, then 10.0.0.2:5432, then 10.0.0.1:5432';
    const [first, second] = redactRuns([hostileRun(text), hostileRun('seen 10.0.0.2')], ['hosts']);
    expect(first?.run.decision.reason).toContain('ECONNREFUSED host-1:5432, then host-2:5432, then host-1:5432');
    expect(second?.run.decision.reason).toContain('seen host-2');
    const { gathered } = redacted(hostileRun(''), 'literals');
    const queries = gathered.before?.queries;
    const seen = queries?.status === 'gathered' ? queries.value.requests.flatMap(({ executions }) => executions) : [];
    expect(new Set(seen.map(({ parameters }) => parameters.join()))).toEqual(new Set(['value-1,value-2']));
  });

  it('takes the folders of the machine from the code, and keeps those of the project and of packages', () => {
    const profile = (loaded: LoadedRun) => {
      const artifact = loaded.gathered.before?.profile;
      return artifact?.status === 'gathered' ? artifact.value.flows.flatMap((flow) => flow.profile.frames) : [];
    };
    const files = new Set(profile(redacted(sampleRun(), 'paths')).map(({ file }) => file));
    expect([...files].filter((file) => file.startsWith('/'))).toEqual([]);
    expect([...files]).toContain('server.js');
    expect(everyFormat(redacted(sampleRun(), 'paths')).html).toContain('deepClone');
  });

  it('leaves this machine’s own names, versions, times and paths of endpoints', () => {
    const text =
      'http://127.0.0.1:4000/a at localhost:80 on PostgreSQL 18.4, 2026-03-14T09:26:11Z, server.js:120, GET /home/x';
    const { run } = redacted(hostileRun(text), 'hosts', 'paths');
    expect(run.decision.reason).toContain(text);
  });

  it('changes nothing where nothing is asked for', () => {
    const runs = [sampleRun()];
    expect(redactRuns(runs, [])).toBe(runs);
  });
});
