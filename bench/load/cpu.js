import { autocannon, chokepoint, runOurs } from './contenders.js';
import { flow } from './steps.js';

/** What our CPU time per request may be at most, as a multiple of stock autocannon's for a flat scenario. */
export const cpuTargets = { flat: 1.15, flow: 1.6 };

const flowName = 'chokepoint, flow';

/**
 * CPU time per request, in rounds in which every contender has its turn, the order turned round each time.
 *
 * The ratio is that of one round, whose contenders had the same minute of the machine; single figures drift with it.
 */
export async function measureCpu({ fixture, programs, rounds, warmupMs, windowMs, parts, note }) {
  const task = { ...fixture, path: '/flat', connections: 20, warmupMs, windowMs, server: {} };
  const contenders = [
    ...(parts.includes('flat') ? [{ name: 'chokepoint, flat', run: () => chokepoint.run(task) }] : []),
    ...(parts.includes('flow') ? [{ name: flowName, run: () => runFlow(task) }] : []),
    { name: 'autocannon, flat', run: () => autocannon.run(task) },
    ...programs.map((program) => ({ name: `${program.name}, flat`, run: () => program.run(task) })),
  ];
  const figures = new Map(contenders.map(({ name }) => [name, []]));
  const failures = [];
  for (let round = 0; round < rounds; round++) {
    for (const { name, run } of round % 2 === 0 ? contenders : [...contenders].reverse()) {
      if (failures.some((failure) => failure.name === name)) continue;
      note(`CPU, round ${round + 1} of ${rounds}: ${name}`);
      try {
        const { cpuUs, requests } = await run();
        figures.get(name).push(cpuUs / requests);
      } catch (error) {
        failures.push({ name, message: error.message });
      }
    }
  }
  const stock = figures.get('autocannon, flat');
  const entries = [...figures]
    .filter(([, perRequestUs]) => perRequestUs.length > 0)
    .map(([name, perRequestUs]) => ({
      name,
      perRequestUs,
      ratios: perRequestUs.map((us, round) => us / stock[round]),
    }));
  return { entries, failures };
}

/** The steps of a flow take turns, so its requests are an even mix of the three. */
function runFlow({ url, connections, path, ...task }) {
  return runOurs(flow, url, connections, undefined, task);
}

export function median(values) {
  const sorted = [...values].sort((one, other) => one - other);
  const middle = Math.floor(sorted.length / 2);
  return sorted.length % 2 === 1 ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2;
}
