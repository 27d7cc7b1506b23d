import { cpus } from 'node:os';
import { createSingleClient } from '../instruments/load/single-request.ts';
import { probeDatabase } from '../instruments/sql/probe-database.ts';
import type { CheckResult } from '../model/check.ts';
import { createDataFeed } from '../model/data-feed.ts';
import { Failure } from '../model/failure.ts';
import { endpointsOf, type RequestStep, type Scenario, type Variant } from '../model/scenario.ts';
import type { Service } from '../target/service.ts';
import { type OpenDatabase, openDatabase } from './open-database.ts';
import { launchVariant, type PassContext } from './pass-context.ts';
import { checkAuditSelection } from './run-audits.ts';
import { requireOwnPorts } from './side-by-side.ts';
import { slicesPerVariant } from './slice-order.ts';
import { createVariantProfiler } from './variant-profiler.ts';

/**
 * Tries everything that a run of this scenario will need, without measuring anything: the machine, the database
 * and our rights on it, the service in every variant, each request once, and the profiler.
 *
 * What fails is a result and not thrown, so that all of it is told at once; only an interruption is thrown.
 */
export async function checkScenario(scenario: Scenario, signal: AbortSignal): Promise<readonly CheckResult[]> {
  const results: CheckResult[] = [planOf(scenario), checkMachine()];
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
  await attempt('ports', async () => requireOwnPorts(scenario));
  const database = await attempt('database', () => openCheckedDatabase(scenario, signal, results));
  try {
    if (scenario.database && !database) return results;
    const context: PassContext = { scenario, signal, onProgress: () => {}, ...(database && { database }) };
    for (const variant of scenario.variants) {
      await attempt(`service (${variant.name})`, () => checkVariant(context, variant, results));
    }
    return results;
  } finally {
    await database?.close();
  }
}

function planOf({ load, variants, flows, ...scenario }: Scenario): CheckResult {
  const endpoints = endpointsOf({ flows });
  const measureMs = load.rounds * (load.warmupMs + variants.length * slicesPerVariant * load.sliceMs);
  return {
    name: 'scenario',
    status: 'ok',
    message:
      `${scenario.name}: ${endpoints.length} endpoint${endpoints.length === 1 ? '' : 's'} (${endpoints.join(', ')}), ` +
      `${variants.map(({ name }) => name).join(' against ')}, ${load.connections} connection${load.connections === 1 ? '' : 's'}, ` +
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

async function checkVariant(context: PassContext, variant: Variant, results: CheckResult[]): Promise<void> {
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
          sendEach({ ...context, signal }, variant, service),
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

/** Sends each request once, in the order of the flows. */
async function sendEach(
  { scenario, signal }: PassContext,
  variant: Variant,
  service: Service,
): Promise<readonly CheckResult[]> {
  const client = createSingleClient({
    url: service.url,
    headers: variant.headers,
    timeoutMs: scenario.load.timeoutMs,
  });
  const values = createDataFeed(scenario.data, scenario.load.seed)();
  const results: CheckResult[] = [];
  const steps = scenario.flows.flatMap(({ steps }) => steps);
  try {
    for (const step of steps) {
      if (step.kind !== 'request') continue;
      const { status, durationMs, bytes, path } = await client.sendOnce(step, values, signal);
      const name = `${step.endpoint} (${variant.name})`;
      const message = `${path} answers ${status}, ${bytes} bytes in ${durationMs.toFixed(1)} ms`;
      results.push(
        answersAsExpected(step, status)
          ? { name, status: 'ok', message }
          : { name, status: 'failed', message, hint: `expected ${step.expect.status ?? 'a status below 400'}` },
      );
    }
    return results;
  } finally {
    client.close();
  }
}

function answersAsExpected(step: RequestStep, status: number): boolean {
  return step.expect.status === undefined ? status < 400 : status === step.expect.status;
}

function withPlace({ at, message }: Failure): string {
  return at ? `${at.file}:${at.line}:${at.column}: ${message}` : message;
}
