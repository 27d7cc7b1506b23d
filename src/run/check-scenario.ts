import { cpus } from 'node:os';
import { createSingleClient } from '../instruments/load/single-request.ts';
import { type Exchange, walkOnce } from '../instruments/load/walk-once.ts';
import { probeDatabase } from '../instruments/sql/probe-database.ts';
import type { CheckResult } from '../model/check.ts';
import { Failure } from '../model/failure.ts';
import { endpointsOf, type Scenario, type Variant } from '../model/scenario.ts';
import { modelText } from '../report/load-text.ts';
import type { Service } from '../target/service.ts';
import { checkCalibration } from './check-calibration.ts';
import { type OpenDatabase, openDatabase } from './open-database.ts';
import { createPassContext, launchVariant, type PassContext } from './pass-context.ts';
import { requireComparison } from './require-comparison.ts';
import { checkAuditSelection } from './run-audits.ts';
import { createRowFeed } from './run-rows.ts';
import { betweenSteps, targetOf } from './service-load.ts';
import { requireOwnPorts } from './side-by-side.ts';
import { planSlices } from './slice-order.ts';
import { createVariantProfiler } from './variant-profiler.ts';

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
  const results: CheckResult[] = [planOf(scenario), checkMachine()];
  if (calibrations !== undefined) results.push(...(await checkCalibration(scenario, calibrations)));
  const attempt = async <T>(name: string, work: () => Promise<T>): Promise<T | undefined> => {
    try {
      return await work();
    } catch (error) {
      if (!(error instanceof Failure) || signal.aborted) throw error;
      results.push({ name, status: 'failed', message: withPlace(error), hint: error.hint });
      return undefined;
    }
  };
  await attempt('audits', async () => checkAuditSelection(scenario));
  await attempt('gate', async () => requireComparison(scenario));
  await attempt('ports', async () => requireOwnPorts(scenario));
  const database = await attempt('database', () => openCheckedDatabase(scenario, signal, results));
  try {
    if (scenario.database && !database) return results;
    const context = createPassContext({ scenario, signal, onProgress: () => {} }, database);
    for (const variant of scenario.variants) {
      await attempt(`service (${variant.name})`, () => checkVariant(context, variant, results, showsExchanges));
    }
    return results;
  } finally {
    await database?.close();
  }
}

function planOf({ load, variants, flows, ...scenario }: Scenario): CheckResult {
  const endpoints = endpointsOf({ flows });
  const { slices, sliceMs } = planSlices(load, variants.length);
  const measureMs = load.rounds * (load.warmupMs + variants.length * slices * sliceMs);
  return {
    name: 'scenario',
    status: 'ok',
    message:
      `${scenario.name}: ${endpoints.length} endpoint${endpoints.length === 1 ? '' : 's'} (${endpoints.join(', ')}), ` +
      `${variants.map(({ name }) => name).join(' against ')}, ${modelText(load.model)}, ` +
      `${load.rounds} rounds: ${Math.round(measureMs / 1000)} s of load`,
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
    results.push(indexTrials(database.scratch, canCreateDatabase));
    return database;
  } catch (error) {
    await database.close();
    throw error;
  }
}

function indexTrials(scratch: boolean, canCreateDatabase: boolean): CheckResult {
  const name = 'index trials';
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
    message: 'candidates will be shown untried',
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
  const { target } = scenario;
  const profiler =
    target.command && target.runtime === 'node' ? await createVariantProfiler(scenario, variant) : undefined;
  try {
    const service = await launchVariant(context, variant, profiler?.env);
    try {
      results.push({ name: `service (${variant.name})`, status: 'ok', message: `ready at ${service.url}` });
      results.push(
        ...(await service.during('check', context.signal, (signal) =>
          sendEach({ ...context, signal }, variant, service, showsExchanges),
        )),
      );
      const processes = await profiler?.attached(3000, context.signal);
      results.push(profilerResult(scenario, variant, processes));
    } finally {
      await service.stop();
    }
  } finally {
    await profiler?.close();
  }
}

function profilerResult({ target }: Scenario, variant: Variant, processes: number | undefined): CheckResult {
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
): Promise<readonly CheckResult[]> {
  const { scenario, signal, rows } = context;
  const results: CheckResult[] = [];
  return betweenSteps(context, service, variant, async (start) => {
    const client = createSingleClient(targetOf(scenario, service, variant));
    const feed = createRowFeed(scenario, variant, rows.shareOf(0, 1));
    try {
      for (const flow of scenario.flows) {
        const values = { ...feed.next(flow), ...start.values };
        rows.settle([feed]);
        const { exchanges } = await walkOnce(client, flow.steps, { values, cookies: start.cookies }, signal);
        results.push(...exchanges.map((exchange) => resultOf(exchange, variant, showsExchanges)));
      }
      return results;
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
