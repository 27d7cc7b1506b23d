import { cpus } from 'node:os';
import { createSingleClient } from '../instruments/load/single-request.ts';
import { type Exchange, type UnansweredRequest, walkOnce } from '../instruments/load/walk-once.ts';
import { probeDatabase } from '../instruments/sql/probe-database.ts';
import type { CheckResult } from '../model/check.ts';
import { Failure } from '../model/failure.ts';
import { endpointsOf } from '../model/flow.ts';
import { revisionLabel } from '../model/revision-label.ts';
import type { Scenario, TargetSpec, Variant } from '../model/scenario.ts';
import { modelText } from '../report/load-text.ts';
import type { Service } from '../target/service.ts';
import { checkCalibration } from './check-calibration.ts';
import { withCheckouts } from './checkout-variants.ts';
import { type OpenDatabase, openDatabase } from './open-database.ts';
import { probeStatementSource } from './open-statement-source.ts';
import { createPassContext, launchVariant, type PassContext } from './pass-context.ts';
import { requireComparison } from './require-comparison.ts';
import { designOf, roundsOf, slicesOf } from './round-design.ts';
import { checkAuditSelection } from './run-audits.ts';
import { createRowFeed } from './run-rows.ts';
import { betweenSteps, targetOf } from './service-load.ts';
import { createVariantProfiler } from './variant-profiler.ts';
import { targetOfVariant } from './variant-target.ts';

export interface CheckOptions {
  /** Tells of each request its expectations and what it captured. */
  readonly showsExchanges?: boolean;
  /** Where calibrations are kept; left out: none is looked for. */
  readonly calibrations?: string;
}

/**
 * Tries everything that a run of this scenario will need, without measuring anything: the machine, the database
 * and our rights on it, the service in every variant, each request once, and the profiler.
 *
 * What fails is a result and not thrown, so that all of it is told at once; only an interruption is thrown.
 */
export async function checkScenario(
  scenario: Scenario,
  signal: AbortSignal,
  { showsExchanges = false, calibrations }: CheckOptions = {},
): Promise<readonly CheckResult[]> {
  const results: CheckResult[] = [];
  const attempt: Attempt = async (name, work) => {
    try {
      return await work();
    } catch (error) {
      if (!(error instanceof Failure) || signal.aborted) throw error;
      results.push({ name, status: 'failed', message: withPlace(error), hint: error.hint });
      return undefined;
    }
  };
  await attempt('scenario', async () => results.push(planOf(scenario)));
  results.push(checkMachine());
  if (calibrations !== undefined) results.push(...(await checkCalibration(scenario, calibrations)));
  await attempt('audits', async () => checkAuditSelection(scenario));
  await attempt('gate', async () => requireComparison(scenario));
  await attempt('git', () =>
    withCheckouts(
      scenario,
      signal,
      () => {},
      async (checkedOut) => {
        for (const [name, revision] of Object.entries(checkedOut.revisions)) {
          results.push({ name: `git (${name})`, status: 'ok', message: revisionLabel(revision) });
        }
        await checkServices(checkedOut.scenario, signal, results, attempt, showsExchanges);
      },
    ),
  );
  return results;
}

type Attempt = <T>(name: string, work: () => Promise<T>) => Promise<T | undefined>;

async function checkServices(
  scenario: Scenario,
  signal: AbortSignal,
  results: CheckResult[],
  attempt: Attempt,
  showsExchanges: boolean,
): Promise<void> {
  const database = await attempt('database', () => openCheckedDatabase(scenario, signal, results));
  try {
    if (scenario.database && !database) return;
    const context = createPassContext({ scenario, signal, onProgress: () => {} }, database);
    for (const variant of scenario.variants) {
      await attempt(`service (${variant.name})`, () => checkVariant(context, variant, results, showsExchanges));
    }
  } finally {
    await database?.close();
  }
}

function planOf(scenario: Scenario): CheckResult {
  const { name, load, variants } = scenario;
  const endpoints = endpointsOf(scenario);
  const design = designOf(scenario);
  const { slices, sliceMs } = slicesOf(load, design);
  const warmUps = design === 'blocks' ? variants.length : 1;
  const roundMs = warmUps * load.warmupMs + variants.length * slices * sliceMs;
  const { least, most } = roundsOf(scenario);
  const span = (low: number, high: number) => (low === high ? `${high}` : `${low} to ${high}`);
  const seconds = (rounds: number) => Math.round((rounds * roundMs) / 1000);
  return {
    name: 'scenario',
    status: 'ok',
    message:
      `${name}: ${endpoints.length} endpoint${endpoints.length === 1 ? '' : 's'} (${endpoints.join(', ')}), ` +
      `${variants.map((variant) => variant.name).join(' against ')}, ${modelText(load.model)}, ` +
      `${span(least, most)} round${most === 1 ? '' : 's'}${design === 'blocks' ? ' of one block each' : ''}: ` +
      `${span(seconds(least), seconds(most))} s of load`,
  };
}

function checkMachine(): CheckResult {
  const cores = cpus().length;
  if (cores >= 2) return { name: 'machine', status: 'ok', message: `${cores} cores` };
  return {
    name: 'machine',
    status: 'warning',
    message: 'one core: the load generator and the service will wait for each other',
    hint: 'measure on a machine with two cores or more',
  };
}

async function openCheckedDatabase(
  scenario: Scenario,
  signal: AbortSignal,
  results: CheckResult[],
): Promise<OpenDatabase | undefined> {
  const database = await openDatabase(scenario, signal, () => {});
  if (!database) return undefined;
  try {
    const { version, user, canCreateDatabase } = await probeDatabase(database.url, signal);
    results.push({ name: 'database', status: 'ok', message: `PostgreSQL ${version}, user ${user}` });
    results.push(indexTrials(scenario, canCreateDatabase));
    return database;
  } catch (error) {
    await database.close();
    throw error;
  }
}

function indexTrials({ database }: Scenario, canCreateDatabase: boolean): CheckResult {
  const name = 'index trials';
  const scratch = database?.scratch ?? false;
  if (database?.trial === 'transaction') {
    const message = 'on the database itself, in transactions that are rolled back: writers wait meanwhile';
    return { name, status: 'ok', message };
  }
  if (scratch && canCreateDatabase) return { name, status: 'ok', message: 'on a scratch copy of the database' };
  if (scratch) {
    return {
      name,
      status: 'warning',
      message: 'the user may not create databases, so candidates will be shown untried',
      hint: 'ALTER ROLE … CREATEDB, or use another user in database.url',
    };
  }
  return {
    name,
    status: 'warning',
    message: 'candidates will be shown untried, or estimated where the database has HypoPG',
    hint: 'set database.scratch: true if copies of this database may be made on its server',
  };
}

async function checkVariant(
  context: PassContext,
  variant: Variant,
  results: CheckResult[],
  showsExchanges: boolean,
): Promise<void> {
  const { scenario } = context;
  const target = targetOfVariant(scenario.target, variant);
  const profiler =
    target.command && target.runtime === 'node' ? await createVariantProfiler(scenario, variant) : undefined;
  try {
    const service = await launchVariant(context, variant, profiler?.env);
    try {
      results.push({ name: `service (${variant.name})`, status: 'ok', message: `ready at ${service.url}` });
      await service.during('check', context.signal, (signal) =>
        sendEach({ ...context, signal }, variant, service, showsExchanges, (result) => results.push(result)),
      );
      if (context.database) results.push(await statementsResult(context, variant));
      const processes = await profiler?.attached(3000, context.signal);
      results.push(profilerResult(target, variant, processes));
    } finally {
      await service.stop();
    }
  } finally {
    await profiler?.close();
  }
}

async function statementsResult(context: PassContext, variant: Variant): Promise<CheckResult> {
  const name = `statements (${variant.name})`;
  const found = await probeStatementSource(context, variant);
  if ('listensTo' in found) return { name, status: 'ok', message: `heard by ${found.listensTo}` };
  if (context.scenario.database?.capture === 'log') {
    return { name, status: 'ok', message: `by the log of the database, once it is switched on: ${found.reason}` };
  }
  const hint = 'docs/sources.md says what each source needs; database.capture: log lets chokepoint switch the log on';
  return { name, status: 'warning', message: `none will be seen: ${found.reason}`, hint };
}

function profilerResult(target: TargetSpec, variant: Variant, processes: number | undefined): CheckResult {
  const name = `profiler (${variant.name})`;
  if (processes === undefined) {
    const reason = target.command
      ? `runtime "${target.runtime}" is not supported yet`
      : 'the service is not started by chokepoint';
    return {
      name,
      status: 'warning',
      message: `no CPU profile: ${reason}`,
      hint: 'give target.command of a Node service',
    };
  }
  if (processes > 0)
    return { name, status: 'ok', message: `${processes} thread${processes === 1 ? '' : 's'} attached` };
  return {
    name,
    status: 'warning',
    message: 'no Node process of the service loaded the profiler',
    hint: 'the command must pass NODE_OPTIONS on to Node; set target.runtime if it is not Node',
  };
}

/** Walks once through each flow, between the steps of `before` and those of `after`. */
async function sendEach(
  context: PassContext,
  variant: Variant,
  service: Service,
  showsExchanges: boolean,
  tell: (result: CheckResult) => void,
): Promise<void> {
  const { scenario, signal, rows } = context;
  await betweenSteps(context, service, variant, async (start) => {
    const client = createSingleClient(targetOf(scenario, service, variant));
    const feed = createRowFeed(scenario, variant, rows.shareOf(0, 1));
    try {
      for (const flow of scenario.flows) {
        const values = { ...feed.next(flow), ...start.values };
        rows.settle([feed]);
        await walkOnce(client, flow.steps, { values, cookies: start.cookies }, signal, {
          onExchange: (exchange) => tell(resultOf(exchange, variant, showsExchanges)),
          onUnanswered: (request) => tell(unansweredResult(request, variant)),
        });
      }
    } finally {
      client.close();
    }
  });
}

function resultOf(exchange: Exchange, variant: Variant, showsExchanges: boolean): CheckResult {
  const { step, path, redirects, response, failure } = exchange;
  const name = `${step.endpoint} (${variant.name})`;
  const { status, bytes, durationMs } = response;
  const way = [path, ...redirects].join(' → ');
  const message = `${way} answers ${status}, ${bytes} bytes in ${durationMs.toFixed(1)} ms`;
  const details = showsExchanges ? { details: detailsOf(exchange) } : {};
  if (failure === undefined) return { name, status: 'ok', message, ...details };
  const unmet = exchange.expectations.find(({ ok }) => !ok);
  const hint = unmet ? `expected ${unmet.text}` : `the request counts as failed: ${failure}`;
  return { name, status: 'failed', message, hint, ...details };
}

function unansweredResult({ step, path, failure }: UnansweredRequest, variant: Variant): CheckResult {
  return {
    name: `${step.endpoint} (${variant.name})`,
    status: 'failed',
    message: `${path} is not answered: ${failure.detail.reason}`,
    hint: 'see what the service does with it, or give it more time: `timeout` of the step or of load',
  };
}

const longestValue = 60;

function detailsOf({ expectations, captures }: Exchange): readonly string[] {
  return [
    ...expectations.map(({ text, ok }) => `expects ${text}: ${ok ? 'yes' : 'NO'}`),
    ...captures.map(({ as, from, value }) => `captures ${as} from ${from}: ${shown(value)}`),
  ];
}

function shown(value: string | undefined): string {
  if (value === undefined) return 'NOTHING FOUND';
  return value.length > longestValue ? `${value.slice(0, longestValue)}… (${value.length} characters)` : value;
}

function withPlace({ at, message }: Failure): string {
  return at ? `${at.file}:${at.line}:${at.column}: ${message}` : message;
}
