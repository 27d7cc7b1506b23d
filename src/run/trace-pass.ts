import { responseFacts } from '../instruments/http/response-facts.ts';
import { createSingleClient } from '../instruments/load/single-request.ts';
import { type WalkHooks, walkOnce } from '../instruments/load/walk-once.ts';
import { tappedUrl, upstreamOf } from '../instruments/sql/tapped-url.ts';
import { createTraceRecorder, type TraceRecorder } from '../instruments/sql/trace-recorder.ts';
import { startWireTap } from '../instruments/sql/wire-tap.ts';
import type { GatheredArtifact } from '../model/artifacts.ts';
import { type Failure, throwIfAborted } from '../model/failure.ts';
import type { HttpArtifact, HttpResponseFacts } from '../model/http.ts';
import type { QueriesArtifact } from '../model/queries.ts';
import type { Flow, Variant } from '../model/scenario.ts';
import type { Service } from '../target/service.ts';
import { type ConcurrentTrace, createConcurrentTrace } from './concurrent-trace.ts';
import { launchVariant, type PassContext } from './pass-context.ts';
import { createRowFeed } from './run-rows.ts';
import { betweenSteps, targetOf } from './service-load.ts';
import { targetOfVariant } from './variant-target.ts';

export interface TracePassResult {
  readonly queries: GatheredArtifact<QueriesArtifact>;
  readonly http: GatheredArtifact<HttpArtifact>;
}

/** Without a database to tap, requests are sent all the same for what their responses tell. */
interface Listener<T> {
  readonly record: TraceRecorder['record'];
  /** What was heard of the requests that were sent one at a time. */
  artifact(): T;
  readonly concurrent?: ConcurrentTrace;
}

/**
 * The third pass: one request at a time through a tap between the service and its database.
 *
 * Whatever the database hears between a request's first byte and the quiet after its last belongs to that request.
 */
export async function tracePass(context: PassContext, variant: Variant): Promise<TracePassResult> {
  const { scenario, database } = context;
  if (!database || !scenario.database) return traceWithoutTap(context, variant, 'the scenario names no database');
  if (!targetOfVariant(scenario.target, variant).command) {
    return traceWithoutTap(
      context,
      variant,
      'the service was not started by chokepoint, so nothing could stand between it and its database',
    );
  }
  const ownUrl = database.urlFor(variant.name);
  const tap = await startWireTap({ upstream: await upstreamOf(ownUrl) });
  try {
    const url = tappedUrl(ownUrl, tap);
    const service = await launchVariant(context, variant, { [scenario.database.env]: url });
    try {
      const recorder = createTraceRecorder(tap);
      const concurrent = createConcurrentTrace(context, variant, tap);
      const { responses, heard } = await service.during('trace', context.signal, (signal) =>
        traceRequests({ ...context, signal }, variant, service, { ...recorder, concurrent }),
      );
      const queries = { ...heard, ...concurrent.facts() };
      const { env } = scenario.database;
      return {
        queries: whatWasHeard(queries, tap.stats.unreadable, env),
        http: { status: 'gathered', value: { responses } },
      };
    } finally {
      await service.stop();
    }
  } finally {
    await tap.close();
  }
}

/** Silence is an answer only of connections that could be followed. */
export function whatWasHeard(
  queries: QueriesArtifact,
  unreadable: number,
  variable: string,
): GatheredArtifact<QueriesArtifact> {
  const { connections, executions } = queries.coverage;
  if (connections === 0) {
    return { status: 'missing', reason: `the service never connected to the database named by ${variable}` };
  }
  if (executions === 0 && unreadable > 0) {
    return { status: 'missing', reason: 'what the service says to its database could not be read' };
  }
  return { status: 'gathered', value: queries };
}

async function traceWithoutTap(context: PassContext, variant: Variant, reason: string): Promise<TracePassResult> {
  const service = await launchVariant(context, variant);
  try {
    const { responses } = await service.during('trace', context.signal, (signal) =>
      traceRequests({ ...context, signal }, variant, service, {
        record: async (_meta, send) => {
          await send();
        },
        artifact: () => undefined,
      }),
    );
    return { queries: { status: 'missing', reason }, http: { status: 'gathered', value: { responses } } };
  } finally {
    await service.stop();
  }
}

async function traceRequests<T>(
  context: PassContext,
  variant: Variant,
  service: Service,
  { record, artifact, concurrent }: Listener<T>,
): Promise<{ readonly responses: readonly HttpResponseFacts[]; readonly heard: T }> {
  const { scenario, signal, onProgress, rows } = context;
  const { load } = scenario;
  return betweenSteps(context, service, variant, async (start) => {
    const client = createSingleClient({ ...targetOf(scenario, service, variant), sockets: 8 });
    const itinerary = createRowFeed(scenario, variant, rows.shareOf(0, 1));
    const responses: HttpResponseFacts[] = [];
    const beganAt = performance.now();
    let unanswered: Failure | undefined;
    const next = (flow: Flow) => {
      const values = { ...itinerary.next(flow), ...start.values };
      rows.settle([itinerary]);
      return values;
    };
    const walk = async (flow: Flow, hooks: WalkHooks, values = next(flow)) => {
      await walkOnce(client, flow.steps, { values, cookies: start.cookies }, signal, hooks);
    };
    try {
      // One turn of every flow first: pools connect, statements are prepared, modules are loaded.
      for (const flow of scenario.flows) {
        const values = next(flow);
        await walk(flow, concurrent?.firstHooks(flow, values, signal) ?? {}, values);
      }
      for (let turn = 0; turn < load.traceRequests; turn++) {
        onProgress({
          pass: 'trace',
          text: `${variant.name}: request ${turn + 1} of ${load.traceRequests} of each flow`,
        });
        for (const flow of scenario.flows) {
          throwIfAborted(signal);
          await walk(flow, {
            around: (step, path, send) =>
              record(
                { endpoint: step.endpoint, method: step.method, url: path, sentAtMs: performance.now() - beganAt },
                send,
                signal,
              ),
            onExchange: ({ step, response }) => responses.push(responseFacts(step.endpoint, response)),
            onUnanswered: ({ failure }) => {
              unanswered = failure;
            },
          });
        }
      }
      // One that gets no answer has nothing to show, and the measure pass has counted its like; that none does is another
      // matter.
      if (unanswered && responses.length === 0) throw unanswered;
      const heard = artifact();
      await concurrent?.after(service, start, walk, signal);
      return { responses, heard };
    } finally {
      client.close();
    }
  });
}
