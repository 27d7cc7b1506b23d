import { movedRoot } from '../model/moved-root.ts';
import { ownTimes } from '../model/own-time.ts';
import type { FlowProfile } from '../model/profile.ts';
import { bothSides, type CauseCandidate, type EndpointChange, movedBy, netMove, type Step } from './endpoint-change.ts';
import { figureText, stepText } from './figures.ts';

/** In µs per request. Two profiles of one and the same code differ by 3 to 15 % of a function that matters. */
const enough = { least: 200, share: 0.2 } as const;

/** Standard errors of the difference: dozens of functions are looked at, and one of them is always two away. */
const standardErrors = 3;

/**
 * Functions whose own time per request grew (or shrank, where the endpoint got faster) in the profile of its flow.
 *
 * A function is known by its name and file, so a renamed one is new; it counts only where the flow's whole CPU time
 * moved as well. Of a flow with several endpoints no single one can be told the cost, so the figure is left out.
 */
export function causesInCpu(change: EndpointChange): readonly CauseCandidate[] {
  const profiles = bothSides(change, 'profile');
  if (!profiles) return [];
  const [before, after] = profiles.map(({ flows }) =>
    flows.find(({ endpoints }) => endpoints.includes(change.endpoint)),
  );
  if (!before || !after || before.requests === 0 || after.requests === 0) return [];
  const whole: Step = [before.profile.totalUs / before.requests, after.profile.totalUs / after.requests];
  const alone = before.endpoints.length === 1 && after.endpoints.length === 1;
  return ownSteps(before, after).flatMap(({ name, place, step }): readonly CauseCandidate[] => {
    const netUs = netMove(change, step, whole);
    if (netUs === undefined || !movedBy(change, step, enough) || !told(step, before, after)) return [];
    const summary = `${name}${place === '' ? '' : ` (${place})`} ${costText(step)}${alone ? '' : ` of the flow ${after.flow}`}`;
    return [{ kind: 'cpu', summary, ...(alone && { explainsMs: netUs / 1000 }) }];
  });
}

interface OwnStep {
  readonly name: string;
  /** The file's own name. */
  readonly place: string;
  /** µs per request. */
  readonly step: Step;
}

function ownSteps(before: FlowProfile, after: FlowProfile): readonly OwnStep[] {
  const filesOf = ({ profile }: FlowProfile) => profile.frames.map(({ file }) => file);
  const moved = movedRoot(filesOf(before), filesOf(after));
  const [was, is] = [ownByFunction(before, moved), ownByFunction(after, (file) => file)];
  return [...new Set([...is.keys(), ...was.keys()])].map((key) => {
    const [name = '', file = ''] = key.split('\u0000');
    return { name, place: file.split(/[\\/]/).at(-1) ?? '', step: [was.get(key) ?? 0, is.get(key) ?? 0] };
  });
}

/** Own time in µs per request; what the collector takes belongs to no function, and is told under its own name. */
function ownByFunction(flow: FlowProfile, locate: (file: string) => string): ReadonlyMap<string, number> {
  const own = new Map<string, number>();
  const add = (key: string, us: number) => own.set(key, (own.get(key) ?? 0) + us);
  for (const { frame, ownUsPerRequest } of ownTimes(flow)) {
    add(`${frame.name || '(anonymous)'}\u0000${locate(frame.file)}`, ownUsPerRequest);
  }
  const { frames, frame, parent, selfUs } = flow.profile;
  for (const [node, index] of frame.entries()) {
    const isCollector = frames[index]?.kind === 'gc' && (parent[node] ?? -1) < 0;
    if (isCollector) add('garbage collection', (selfUs[node] ?? 0) / flow.requests);
  }
  return own;
}

/** Whether samples as few as these can tell the two apart: their number scatters as its square root. */
function told([before, after]: Step, was: FlowProfile, is: FlowProfile): boolean {
  const variance = (us: number, { requests, samplingUs }: FlowProfile) => (us * samplingUs) / requests;
  return Math.abs(after - before) >= standardErrors * Math.sqrt(variance(before, was) + variance(after, is));
}

function costText([before, after]: Step): string {
  if (before === 0) return `is new and takes ${figureText(after / 1000, 'ms')} of CPU per request`;
  if (after === 0) return `is gone, which took ${figureText(before / 1000, 'ms')} of CPU per request`;
  return `takes ${stepText([before / 1000, after / 1000], 'ms')} of CPU per request`;
}
