import { chokepoint } from './contenders.js';
import { readTruth } from './fixture.js';
import { situations } from './situations.js';
import { closedTruth, compare, openTruth } from './truth.js';

/**
 * What each generator says of a service that knows the truth about itself, in every situation and both models.
 *
 * Ours is asked `rounds` times, and by its median error it is judged; the others once, for theirs are no matter of chance.
 */
export async function measureAccuracy({ fixture, others, rounds, heatMs, warmupMs, windowMs, note }) {
  const cells = [];
  for (let round = 0; round < rounds; round++) {
    for (const situation of situations) {
      for (const contender of round === 0 ? [chokepoint, ...others] : [chokepoint]) {
        for (const model of contender.models) {
          note(`accuracy, round ${round + 1} of ${rounds}: ${situation.title}, ${contender.name}, ${model}`);
          cells.push(await cellOf(contender, model, situation, { ...fixture, heatMs, warmupMs, windowMs }));
        }
      }
    }
  }
  return situations.map((situation) => ({ title: situation.title, rows: rowsOf(situation, cells) }));
}

async function cellOf(contender, model, situation, { url, control, heatMs, warmupMs, windowMs }) {
  const { id, server, compared, connections, openConnections, ratePerS } = situation;
  const isOpen = model === 'open';
  const task = {
    url,
    control,
    path: '/situation',
    connections: isOpen ? openConnections : connections,
    ...(isOpen && { ratePerS }),
    compared,
    heatMs,
    warmupMs,
    windowMs: situation.windowMs ?? windowMs,
    server,
  };
  const base = { id, name: contender.name, isOurs: contender.isOurs === true, model };
  try {
    const { figuresUs, due, lost, requests } = await contender.run(task);
    const done = await readTruth(control);
    const wanted = contender.isOurs ? due : Math.round((ratePerS * task.windowMs) / 1000);
    const truthUs = isOpen ? openTruth(done, ratePerS, wanted) : closedTruth(done);
    const compared = Object.entries(figuresUs).map(([name, us]) => [name, compare(name, us, truthUs[name])]);
    return { ...base, requests, lost, figures: Object.fromEntries(compared) };
  } catch (error) {
    return { ...base, failure: error.message };
  }
}

/** One row for each generator and model; of several rounds, each quantile from the one with the median error. */
function rowsOf({ id }, cells) {
  const rows = new Map();
  for (const cell of cells.filter((cell) => cell.id === id)) {
    const key = `${cell.model} ${cell.name}`;
    rows.set(key, [...(rows.get(key) ?? []), cell]);
  }
  return [...rows.values()]
    .map((rounds) => {
      const [{ name, isOurs, model }] = rounds;
      const failure = rounds.find((round) => round.failure !== undefined)?.failure;
      if (failure !== undefined) return { name, isOurs, model, failure };
      const figures = {};
      for (const quantile of Object.keys(rounds[0].figures)) {
        const own = rounds.map((round) => round.figures[quantile]).sort((one, other) => one.ratio - other.ratio);
        figures[quantile] = own[Math.floor(own.length / 2)];
      }
      const worst = Math.max(...rounds.flatMap((round) => Object.values(round.figures).map(({ ratio }) => ratio)));
      const sum = (field) => rounds.reduce((total, round) => total + round[field], 0);
      return { name, isOurs, model, figures, worst, requests: sum('requests'), lost: sum('lost') };
    })
    .sort((one, other) => one.model.localeCompare(other.model));
}
