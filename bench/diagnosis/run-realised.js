import { measurePass } from '../../dist/run/measure-pass.js';
import { openDatabase } from '../../dist/run/open-database.js';
import { createPassContext } from '../../dist/run/pass-context.js';
import { loadScenario } from '../../dist/scenario/load-scenario.js';
import { serveJob } from '../processes.js';

/**
 * What one request takes in each variant of an app, by endpoint: the mean response time in ms over all rounds, by the
 * product's measure pass, with nothing attached and with one user: what several users cost each other is no part of a
 * saving that is told for one request. With `underLoad` it is that of the scenario's load.
 */
serveJob(async ({ scenarioPath, underLoad, rounds, sliceMs }) => {
  const signal = new AbortController().signal;
  const onProgress = () => {};
  const scenario = await loadScenario(scenarioPath, {});
  const load = {
    ...scenario.load,
    model: underLoad ? scenario.load.model : alone(scenario.load.model),
    rounds: { least: rounds, most: rounds },
    sliceMs,
  };
  const measured = { ...scenario, load };
  const database = await openDatabase(measured, signal, onProgress);
  try {
    const loads = await measurePass(createPassContext({ scenario: measured, signal, onProgress }, database));
    return Object.fromEntries(Object.entries(loads).map(([variant, artifact]) => [variant, meansOf(artifact)]));
  } finally {
    await database?.close();
  }
});

/** Where users arrive by the clock, that is what the app is about. */
function alone(model) {
  return model.kind === 'closed' ? { ...model, connections: 1 } : model;
}

function meansOf({ rounds }) {
  const sums = {};
  for (const { endpoints } of rounds) {
    for (const [endpoint, { responseTime }] of Object.entries(endpoints)) {
      sums[endpoint] ??= { us: 0, count: 0 };
      sums[endpoint].us += responseTime.sumUs;
      sums[endpoint].count += responseTime.count;
    }
  }
  return Object.fromEntries(Object.entries(sums).map(([endpoint, { us, count }]) => [endpoint, us / count / 1000]));
}

/** The services and the database are in process groups of their own: an orderly exit ends them too. */
for (const signal of ['SIGINT', 'SIGTERM']) process.once(signal, () => process.exit(1));
