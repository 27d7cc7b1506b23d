import { defineAudit } from '../model/audit.ts';
import { type Finding, severityOfSaving } from '../model/finding.ts';
import { type FlowProfile, type FunctionCost, functionCosts } from '../model/profile.ts';

/**
 * One function of the service's own code, or of a dependency, takes most of a request's CPU time by itself.
 *
 * `minSelfUs` is 1,000: below a millisecond per request another thing is usually dearer. `minShare` is 0.25: work
 * that is spread evenly has no hotspot. `minSamples` is 100: fewer samples place a function only within ±20 %.
 */
export const cpuHotspot = defineAudit({
  id: 'cpu-hotspot',
  technique: 'measure',
  title: 'No single function dominates the CPU time',
  failureTitle: 'One function takes most of the CPU time',
  why: 'JavaScript runs on one thread: while this function runs, every other request waits.',
  fix: 'Do the work once instead of per request (cache the result), do less of it, or move it to a worker thread.',
  requires: ['profile'],
  defaults: { minSelfUs: 1000, minShare: 0.25, minSamples: 100 },

  run({ profile }, { minSelfUs, minShare, minSamples }) {
    const usable = profile.flows.filter(({ requests }) => requests > 0);
    if (usable.length === 0) return { inconclusive: 'no request was answered while the profiler ran' };
    return usable.flatMap((flow) => {
      if (flow.profile.totalUs / flow.samplingUs < minSamples) return [];
      return functionCosts(flow)
        .filter(({ frame }) => frame.kind === 'user' || frame.kind === 'dependency')
        .filter(({ selfUsPerRequest, selfShare }) => selfUsPerRequest >= minSelfUs && selfShare >= minShare)
        .map((cost) => toFinding(flow, cost));
    });
  },
});

function toFinding(flow: FlowProfile, cost: FunctionCost): Finding {
  const { frame, selfUsPerRequest, selfShare } = cost;
  const savingMs = selfUsPerRequest / 1000;
  const [endpoint, ...others] = flow.endpoints;
  const subject = endpoint !== undefined && others.length === 0 ? endpoint : flow.flow;
  const file = frame.file.split(/[\\/]/).at(-1) ?? '';
  return {
    key: `cpu-hotspot|${subject}|${frame.name}|${file}`,
    audit: 'cpu-hotspot',
    endpoint: subject,
    severity: severityOfSaving(savingMs),
    grade: 'likely',
    summary: `${frame.name} (${file}${frame.line === undefined ? '' : `:${frame.line}`}) itself takes ${savingMs.toFixed(1)} ms of CPU per request, ${(100 * selfShare).toFixed(0)} % of it all`,
    savingMs,
    evidence: [
      {
        kind: 'frames',
        label: `self time per request over ${flow.requests} requests in ${(flow.windowMs / 1000).toFixed(1)} s, sampled every ${flow.samplingUs} µs`,
        rows: functionCosts(flow)
          .slice(0, 6)
          .map((row) => ({
            frame: row.frame,
            selfUsPerRequest: row.selfUsPerRequest,
            totalUsPerRequest: row.totalUsPerRequest,
            share: row.selfShare,
          })),
      },
      { kind: 'text', text: 'The saving is what the function takes now: the most that can be gained by it.' },
    ],
  };
}
