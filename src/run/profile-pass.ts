import { startGenerator } from '../instruments/load/generator.ts';
import type { WalkStart } from '../instruments/load/itinerary.ts';
import type { NodeProfiler } from '../instruments/profile/node-profiler.ts';
import type { GatheredArtifact } from '../model/artifacts.ts';
import { Failure } from '../model/failure.ts';
import { endpointsOfFlow, type Flow } from '../model/flow.ts';
import type { FlowProfile, ProfileArtifact } from '../model/profile.ts';
import type { RuntimeArtifact, RuntimeWindow } from '../model/runtime.ts';
import type { Variant } from '../model/scenario.ts';
import type { Service } from '../target/service.ts';
import { unlessAborted, wait } from '../target/wait.ts';
import { launchVariant, type PassContext } from './pass-context.ts';
import { inRepository } from './repository-frames.ts';
import { betweenSteps, flowPlanOf } from './service-load.ts';
import { createVariantProfiler } from './variant-profiler.ts';
import { targetOfVariant } from './variant-target.ts';

/** Long enough for 1,200 samples of a busy service at the sampling interval of 1 ms. */
const windowMs = 1200;
const attachTimeoutMs = 3000;

export interface ProfilePassResult {
  readonly profile: GatheredArtifact<ProfileArtifact>;
  readonly runtime: GatheredArtifact<RuntimeArtifact>;
}

/**
 * The second pass: CPU profiles, one window per flow.
 *
 * Each flow runs alone at the scenario's full load, so every sample belongs to it, without help from the service.
 * No latency that is seen here becomes a metric.
 */
export async function profilePass(context: PassContext, variant: Variant): Promise<ProfilePassResult> {
  const target = targetOfVariant(context.scenario.target, variant);
  if (!target.command) return missing('the service was not started by chokepoint, so no profiler could be attached');
  if (target.runtime !== 'node')
    return missing(`CPU profiles of the runtime "${target.runtime}" are not supported yet`);

  const profiler = await createVariantProfiler(context.scenario, variant);
  try {
    const service = await launchVariant(context, variant, profiler.env);
    try {
      return await service.during('profile', context.signal, (signal) =>
        profileFlows({ ...context, signal }, variant, service, profiler),
      );
    } catch (error) {
      // What the other passes tell stands without a profile.
      if (error instanceof Failure && error.code === 'profile-failed') return missing(error.message);
      throw error;
    } finally {
      await service.stop();
    }
  } finally {
    await profiler.close();
  }
}

async function profileFlows(
  context: PassContext,
  variant: Variant,
  service: Service,
  profiler: NodeProfiler,
): Promise<ProfilePassResult> {
  const { scenario, signal, onProgress } = context;
  const processes = await profiler.attached(attachTimeoutMs, signal);
  if (processes === 0)
    return missing('no Node process of the service loaded the profiler: does it pass NODE_OPTIONS on?');
  const profiles: FlowProfile[] = [];
  const windows: RuntimeWindow[] = [];
  await betweenSteps(context, service, variant, async (start) => {
    for (const flow of scenario.flows) {
      onProgress({
        pass: 'profile',
        text: `${variant.name}: ${endpointsOfFlow(flow).join(', ')}`,
      });
      const { profile, runtime } = await profileFlow(context, variant, service, profiler, flow, start);
      profiles.push(profile);
      windows.push(runtime);
    }
  });
  return {
    profile: { status: 'gathered', value: { runtime: 'node', flows: profiles } },
    runtime: { status: 'gathered', value: { flows: windows } },
  };
}

async function profileFlow(
  { scenario, signal, rows }: PassContext,
  variant: Variant,
  service: Service,
  profiler: NodeProfiler,
  flow: Flow,
  start: WalkStart,
): Promise<{ profile: FlowProfile; runtime: RuntimeWindow }> {
  const generator = startGenerator(flowPlanOf({ scenario, rows }, service, variant, flow, start));
  try {
    generator.resume();
    await wait(Math.min(scenario.load.warmupMs, 500), signal);
    await unlessAborted(generator.pause(), signal);
    await generator.take();
    await unlessAborted(profiler.start(), signal);
    generator.resume();
    await wait(windowMs, signal);
    await unlessAborted(generator.pause(), signal);
    const stopped = await unlessAborted(profiler.stop(), signal);
    rows.settle([generator]);
    const requests = Object.values((await generator.take()).endpoints).reduce((sum, { answered }) => sum + answered, 0);
    return {
      profile: {
        flow: flow.name,
        endpoints: endpointsOfFlow(flow),
        requests,
        windowMs: stopped.windowMs,
        samplingUs: stopped.samplingUs,
        profile: inRepository(stopped.profile, variant.checkout),
      },
      runtime: { flow: flow.name, requests, ...stopped.runtime },
    };
  } finally {
    await generator.close();
  }
}

function missing(reason: string): ProfilePassResult {
  return { profile: { status: 'missing', reason }, runtime: { status: 'missing', reason } };
}
