import { responseFacts } from '../instruments/http/response-facts.ts';
import { createSingleClient } from '../instruments/load/single-request.ts';
import { type WalkHooks, walkOnce } from '../instruments/load/walk-once.ts';
import type { StatementSource } from '../instruments/sql/statement-source.ts';
import type { GatheredArtifact } from '../model/artifacts.ts';
import { type Failure, throwIfAborted } from '../model/failure.ts';
import type { Flow } from '../model/flow.ts';
import type { HttpArtifact, HttpResponseFacts } from '../model/http.ts';
import type { QueriesArtifact } from '../model/queries.ts';
import type { Variant } from '../model/scenario.ts';
import type { Service } from '../target/service.ts';
import { type ConcurrentTrace, createConcurrentTrace } from './concurrent-trace.ts';
import { type OpenStatementSource, openStatementSource } from './open-statement-source.ts';
import { launchVariant, type PassContext } from './pass-context.ts';
import { placesInRepository } from './repository-frames.ts';
import { createRowFeed } from './run-rows.ts';
import { betweenSteps, targetOf } from './service-load.ts';

export interface TracePassResult {
  readonly queries: GatheredArtifact<QueriesArtifact>;
  readonly http: GatheredArtifact<HttpArtifact>;
}

interface Listener {
  readonly record: StatementSource['record'];
  /** What was heard of the requests that were sent one at a time. */
  artifact(): QueriesArtifact | undefined;
  readonly concurrent?: ConcurrentTrace | undefined;
}

/**
 * The third pass: one request at a time, while a source of statements listens to the database.
 *
 * Whatever the database hears between a request's first byte and the quiet after its last belongs to that request.
 * Without a source the requests are sent all the same, for what their responses tell.
 */
export async function tracePass(context: PassContext, variant: Variant): Promise<TracePassResult> {
  const opened = await openStatementSource(context, variant);
  try {
    const service = await launchVariant(context, variant, opened.env);
    try {
      const { source, tap } = opened;
      const concurrent = tap && createConcurrentTrace(context, variant, tap);
      const { responses, heard } = await service.during('trace', context.signal, (signal) =>
        traceRequests({ ...context, signal }, variant, service, {
          record: source?.record ?? unrecorded,
          artifact: () => source?.artifact(),
          concurrent,
        }),
      );
      const queries = queriesOf(opened, heard && { ...heard, ...concurrent?.facts() }, variant);
      return { queries, http: { status: 'gathered', value: { responses } } };
    } finally {
      await service.stop();
    }
  } finally {
    await opened.close();
  }
}

function queriesOf(
  opened: OpenStatementSource,
  queries: QueriesArtifact | undefined,
  { checkout }: Variant,
): GatheredArtifact<QueriesArtifact> {
  if (!opened.source) return { status: 'missing', reason: opened.reason };
  const heard = whatWasHeard(queries ?? opened.source.artifact(), opened.listensTo);
  return heard.status === 'missing' ? heard : { ...heard, value: placesInRepository(heard.value, checkout) };
}

/**
 * Silence is an answer only of a service that was heard before; else it is told with its reason, and no audit passes by
 * it.
 *
 * @param listensTo - what the source hears, to be named in the reason
 */
export function whatWasHeard(queries: QueriesArtifact, listensTo: string): GatheredArtifact<QueriesArtifact> {
  const { source, requests } = queries;
  const { connections, executions, unattributed, earlier = 0, unreadable = 0 } = queries.coverage;
  const missing = (reason: string) => ({ status: 'missing', reason }) as const;
  if (source === 'wire-tap' && connections === 0) return missing(`the service never connected to ${listensTo}`);
  if (source === 'pg_stat_statements' && executions > 0 && unattributed === executions) {
    return missing('pg_stat_statements hides the statements of others from a user without the role pg_read_all_stats');
  }
  if (executions + earlier > 0) return { status: 'gathered', value: queries };
  if (unreadable > 0) return missing('what the service says to its database could not be read');
  const sent = `${requests.length} traced request${requests.length === 1 ? '' : 's'}`;
  return missing(
    `no statement was heard on ${listensTo}, in ${sent} and before: the service runs none, or runs them elsewhere`,
  );
}

const unrecorded: StatementSource['record'] = async (_meta, send) => {
  await send('');
};

async function traceRequests(
  context: PassContext,
  variant: Variant,
  service: Service,
  { record, artifact, concurrent }: Listener,
): Promise<{ readonly responses: readonly HttpResponseFacts[]; readonly heard: QueriesArtifact | undefined }> {
  const { scenario, signal, onProgress, rows } = context;
  const { load } = scenario;
  return betweenSteps(context, service, variant, async (start) => {
    let traceparent = '';
    const client = createSingleClient({
      ...targetOf(scenario, service, variant),
      sockets: 8,
      addedHeaders: () => (traceparent === '' ? {} : { traceparent }),
    });
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
                (header) => {
                  traceparent = header;
                  return send();
                },
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
      // Several requests at once are none of those that statements could name.
      traceparent = '';
      await concurrent?.after(service, start, walk, signal);
      return { responses, heard };
    } finally {
      client.close();
    }
  });
}
