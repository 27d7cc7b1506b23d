import { logEverything } from '../instruments/sql/log-everything.ts';
import { createLogSource } from '../instruments/sql/log-source.ts';
import { openServerLog } from '../instruments/sql/server-log.ts';
import type { StatementSource } from '../instruments/sql/statement-source.ts';
import { openStatistics } from '../instruments/sql/statement-statistics.ts';
import { createStatisticsSource } from '../instruments/sql/statistics-source.ts';
import { tappedUrl, upstreamOf } from '../instruments/sql/tapped-url.ts';
import { createTraceRecorder } from '../instruments/sql/trace-recorder.ts';
import { startWireTap, type WireTap } from '../instruments/sql/wire-tap.ts';
import type { Variant } from '../model/scenario.ts';
import type { PassContext } from './pass-context.ts';
import { settingJournal } from './setting-journal-folder.ts';
import { createVariantWatch } from './variant-profiler.ts';
import { targetOfVariant } from './variant-target.ts';

/** Where the statements of one variant are heard, or why they are not. */
export type OpenStatementSource = {
  /** To be added to the environment of the service. */
  readonly env: Readonly<Record<string, string>>;
  close(): Promise<void>;
} & (
  | {
      readonly source: StatementSource;
      readonly listensTo: string;
      /** Where it stands between service and database: then it may listen to several requests at a time. */
      readonly tap?: WireTap;
    }
  | { readonly source?: undefined; readonly tap?: undefined; readonly reason: string }
);

/**
 * The best source that there is: the tap where chokepoint starts the service, and can tell it another address of its
 * database; else what the server itself tells of a service that runs already.
 */
export async function openStatementSource(context: PassContext, variant: Variant): Promise<OpenStatementSource> {
  const { scenario, database } = context;
  if (!database || !scenario.database) return without('the scenario names no database');
  const url = database.urlFor(variant.name);
  const target = targetOfVariant(scenario.target, variant);
  if (target.command) return openTap(context, variant, url, scenario.database.env);
  return openServer(url, scenario.database.capture, context.signal);
}

/** Which source a run would listen to, or why to none; nothing is changed for the answer. */
export async function probeStatementSource(
  { scenario, database, signal }: PassContext,
  variant: Variant,
): Promise<{ readonly listensTo: string } | { readonly reason: string }> {
  if (!database || !scenario.database) return { reason: 'the scenario names no database' };
  if (targetOfVariant(scenario.target, variant).command) return { listensTo: 'a tap between service and database' };
  const opened = await openServer(database.urlFor(variant.name), undefined, signal);
  await opened.close();
  return opened.source ? { listensTo: opened.listensTo } : { reason: opened.reason };
}

function without(reason: string): OpenStatementSource {
  return { reason, env: {}, close: async () => {} };
}

/** Of a service that runs already nothing can stand in the way: its server's log, or else its statistics. */
async function openServer(url: string, capture: 'log' | undefined, signal: AbortSignal): Promise<OpenStatementSource> {
  const logging = capture === 'log' ? await logEverything(url, settingJournal(), signal) : undefined;
  const restore = async () => {
    if (logging && 'restore' in logging) await logging.restore();
  };
  try {
    const log = await openServerLog(url, signal);
    if (!('reason' in log)) return served(await createLogSource(log), 'the log of the database', restore);
    const statistics = await openStatistics(url, signal);
    if (!('reason' in statistics))
      return served(createStatisticsSource(statistics), 'pg_stat_statements of the database', restore);
    await restore();
    const refused = logging && 'reason' in logging ? `; ${logging.reason}` : '';
    return without(
      `the service was not started by chokepoint, so only the server could tell its statements: ${log.reason}${refused}; ${statistics.reason}`,
    );
  } catch (error) {
    await restore();
    throw error;
  }
}

function served(source: StatementSource, listensTo: string, restore: () => Promise<void>): OpenStatementSource {
  return {
    source,
    listensTo,
    env: {},
    async close() {
      try {
        await source.close();
      } finally {
        await restore();
      }
    },
  };
}

async function openTap(
  { scenario }: PassContext,
  variant: Variant,
  url: string,
  variable: string,
): Promise<OpenStatementSource> {
  const watch = scenario.target.runtime === 'node' ? await createVariantWatch(scenario, variant) : undefined;
  try {
    const tap = await startWireTap({ upstream: await upstreamOf(url) });
    return {
      tap,
      source: createTraceRecorder(tap, watch && { takeSent: watch.take }),
      listensTo: `the database named by ${variable}`,
      env: { [variable]: tappedUrl(url, tap), ...watch?.env },
      async close() {
        await tap.close();
        await watch?.close();
      },
    };
  } catch (error) {
    await watch?.close();
    throw error;
  }
}
