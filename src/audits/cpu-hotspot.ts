import { defineAudit } from '../model/audit.ts';
import { type Evidence, type Finding, severityOfSaving } from '../model/finding.ts';
import { type OwnTime, ownTimes } from '../model/own-time.ts';
import type { FlowProfile } from '../model/profile.ts';

/**
 * One function of the service's own code, or of a dependency, takes most of a request's CPU time by itself.
 *
 * The built-ins that it calls count as its own. `minOwnUs` is 1,000: below a millisecond per request another thing
 * is usually dearer. `minShare` is 0.25: work that is spread evenly has no hotspot. `minSamples` is 100: fewer
 * samples place a quarter of them only within a third of its size (1.65 · √(0.25 · 0.75 · 100) ≈ 7 of 25).
 */
export const cpuHotspot = defineAudit({
  id: 'cpu-hotspot',
  technique: 'measure',
  title: 'No single function dominates the CPU time',
  failureTitle: 'One function takes most of the CPU time',
  why: 'JavaScript runs on one thread: while this function runs, every other request waits.',
  fix: 'Do the work once instead of per request (cache the result), do less of it, or move it to a worker thread.',
  requires: ['profile'],
  defaults: { minOwnUs: 1000, minShare: 0.25, minSamples: 100 },
  // A fix elsewhere raises every share, and a quarter is known to within a third of its size.
  relax: (options) => ({ ...options, minOwnUs: options.minOwnUs / 2, minShare: options.minShare / 4 }),

  run({ profile }, { minOwnUs, minShare, minSamples }) {
    const usable = profile.flows.filter(({ requests }) => requests > 0);
    if (usable.length === 0) return { inconclusive: 'no request was answered while the profiler ran' };
    const hot = usable.flatMap((flow) =>
      ownTimes(flow)
        .filter(({ ownUsPerRequest, ownShare }) => ownUsPerRequest >= minOwnUs && ownShare >= minShare)
        .map((cost) => ({ flow, cost, samples: Math.floor(flow.profile.totalUs / flow.samplingUs) })),
    );
    const findings = hot
      .filter(({ samples }) => samples >= minSamples)
      .map(({ flow, cost }) => toFinding(flow, cost))
      // Functions without a name share a key: the dearest, which comes first, speaks for them.
      .filter(({ key }, index, all) => all.findIndex((found) => found.key === key) === index);
    const [unsure] = hot;
    if (findings.length > 0 || !unsure) return findings;
    const { flow, cost, samples } = unsure;
    return {
      inconclusive: `${cost.frame.name} may be a hotspot of ${flow.flow}, but ${samples} samples are too few to tell: ${minSamples} are needed`,
    };
  },
});

function toFinding(flow: FlowProfile, cost: OwnTime): Finding {
  const { frame, ownUsPerRequest, ownShare } = cost;
  const savingMs = ownUsPerRequest / 1000;
  const [endpoint, ...others] = flow.endpoints;
  const isOne = endpoint !== undefined && others.length === 0;
  const file = frame.file.split(/[\\/]/).at(-1) ?? '';
  return {
    // Neither folder nor line: the same function of another checkout, or below an added line, is the same finding.
    key: `cpu-hotspot|${isOne ? endpoint : flow.flow}|${frame.name}|${file}`,
    audit: 'cpu-hotspot',
    ...(isOne && { endpoint }),
    severity: severityOfSaving(savingMs),
    grade: 'likely',
    summary:
      `${frame.name} (${file}${frame.line === undefined ? '' : `:${frame.line}`}) itself takes ${savingMs.toFixed(1)} ms ` +
      `of CPU per request${isOne ? '' : ` of ${flow.flow}`}, ${(100 * ownShare).toFixed(0)} % of it all`,
    savingMs,
    evidence: [framesEvidence(flow, cost), builtInsEvidence(cost)],
  };
}

function framesEvidence(flow: FlowProfile, cost: OwnTime): Evidence {
  const others = ownTimes(flow).filter(({ frame }) => frame !== cost.frame);
  return {
    kind: 'frames',
    label:
      `own time per request, with the built-ins that each calls: ${flow.requests} requests in ` +
      `${(flow.windowMs / 1000).toFixed(1)} s, sampled every ${flow.samplingUs} µs`,
    rows: [cost, ...others].slice(0, 6).map(({ frame, ownUsPerRequest, totalUsPerRequest, ownShare }) => ({
      frame,
      selfUsPerRequest: ownUsPerRequest,
      totalUsPerRequest,
      share: ownShare,
    })),
  };
}

function builtInsEvidence({ ownUsPerRequest, builtIns }: OwnTime): Evidence {
  const builtInUs = builtIns.reduce((sum, { usPerRequest }) => sum + usPerRequest, 0);
  const named = builtIns.slice(0, 3).map(({ name, usPerRequest }) => `${name} ${inMs(usPerRequest)}`);
  const rest = builtIns.length > named.length ? ', …' : '';
  const parts =
    builtInUs === 0
      ? 'All of it is the code of the function'
      : `${inMs(ownUsPerRequest - builtInUs)} are the code of the function, ${inMs(builtInUs)} built-ins that it calls (${named.join(', ')}${rest})`;
  return { kind: 'text', text: `${parts}. The saving is all that it takes now: the most that can be gained by it.` };
}

const inMs = (us: number) => `${(us / 1000).toFixed(1)} ms`;
