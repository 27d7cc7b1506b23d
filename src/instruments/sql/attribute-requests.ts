import type { Frame } from '../../model/profile.ts';
import type { Execution, TracedRequest } from '../../model/queries.ts';
import { placesOf } from './statement-places.ts';
import { traceIdIn } from './statement-tags.ts';

/** One request as it was heard; which of its statements carry whose trace is decided when all is known. */
export interface RecordedRequest {
  readonly request: Omit<TracedRequest, 'executions'>;
  /** Of the `traceparent` header that it was sent with. */
  readonly traceId: string;
  readonly executions: readonly RecordedExecution[];
}

interface RecordedExecution {
  readonly execution: Execution;
  /** What sent it; left out where that is not known for certain. */
  readonly stack?: readonly Frame[];
}

/** Whether the service hands on the trace of a request to its statements. */
export function carriesTraces(recorded: readonly RecordedRequest[]): boolean {
  return recorded.some(({ traceId, executions }) =>
    executions.some(({ execution }) => traceIdIn(execution.tags) === traceId),
  );
}

/**
 * The requests with the statements that are theirs, and the place in the code of each that has a stack.
 *
 * Where the service hands on traces, a statement of another one is somebody else's, whenever it ran; one without any,
 * such as a COMMIT, belongs to the request in whose time it fell.
 */
export function attributeRequests(recorded: readonly RecordedRequest[]): readonly TracedRequest[] {
  const isExact = carriesTraces(recorded);
  const own = recorded.map(({ request, traceId, executions }) => ({
    request,
    executions: executions.filter(({ execution }) => {
      const other = traceIdIn(execution.tags);
      return !isExact || other === undefined || other === traceId;
    }),
  }));
  const sendings = own.flatMap(({ executions }) => executions.filter(({ stack }) => stack !== undefined));
  const places = placesOf(sendings.map(({ execution: { statement }, stack = [] }) => ({ statement, stack })));
  const placeOf = new Map(sendings.map(({ execution }, index) => [execution, places[index]]));
  return own.map(({ request, executions }) => ({
    ...request,
    executions: executions.map(({ execution }) => {
      const place = placeOf.get(execution) ?? execution.place;
      return place ? { ...execution, place } : execution;
    }),
  }));
}
