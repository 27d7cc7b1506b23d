import { mkdirSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { performance } from 'node:perf_hooks';
import { compareVariants } from '../../dist/compare/compare-variants.js';
import { withinTrust } from '../../dist/compare/distrust.js';
import { metricsOf } from '../../dist/compare/metrics.js';
import { judgeValidity } from '../../dist/compare/validity.js';
import { measurePass } from '../../dist/run/measure-pass.js';
import { createPassContext } from '../../dist/run/pass-context.js';
import { loadScenario } from '../../dist/scenario/load-scenario.js';
import { serveJob } from '../processes.js';
import { p95OfTimes } from './service-times.js';

/**
 * One verdict in a process of its own, by the product's measure pass and comparison; the passes that explain a change are
 * no part of it.
 */
serveJob(async ({ scenarioPath, slower, seed, folder }) => {
  mkdirSync(folder, { recursive: true });
  const variables = { SLOWER: String(slower), SEED: String(seed), TIMES: folder };
  const scenario = await loadScenario(scenarioPath, variables);
  const startedAt = performance.now();
  const signal = new AbortController().signal;
  const loads = await measurePass(createPassContext({ scenario, signal, onProgress: () => {} }));
  const [before, after] = scenario.variants.map(({ name }) => ({
    name,
    load: loads[name],
    run: { metrics: metricsOf(loads[name]), outcomes: {} },
  }));
  const validity = judgeValidity(loads, scenario.gate);
  const comparison = withinTrust(compareVariants(before, after, scenario.gate, before.load.design), validity);
  const seconds = (performance.now() - startedAt) / 1000;
  const { verdict, metrics } = comparison;
  const { name, change, interval, p, resolution } =
    metrics.find((metric) => metric.gates && metric.unit === 'ms') ?? {};
  return {
    verdict,
    seconds,
    judgedOn: { name, change, interval, p, resolution },
    distrust: validity.warnings.filter(({ level }) => level === 'untrusted').map(({ message }) => message),
    rounds: before.load.rounds.map((round, index) => ({
      before: responseTimesOf(round),
      after: responseTimesOf(after.load.rounds[index]),
    })),
    truth: { before: truthOf('before', folder), after: truthOf('after', folder) },
  };
});

function responseTimesOf({ endpoints }) {
  const [endpoint] = Object.values(endpoints);
  return endpoint.responseTime;
}

/** The p95 in microseconds of all that the processes of one side did in all rounds, the warm-up included. */
function truthOf(side, folder) {
  const files = readdirSync(folder).filter((name) => name.startsWith(`${side}-`));
  return p95OfTimes(files.flatMap((name) => JSON.parse(readFileSync(join(folder, name), 'utf8'))));
}

/** The services are in process groups of their own: an orderly exit ends them too. */
for (const signal of ['SIGINT', 'SIGTERM']) process.once(signal, () => process.exit(1));
