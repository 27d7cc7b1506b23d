import { appendFileSync, existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';

/**
 * The file of a benchmark: one JSON value a line, appended as it comes, so that an interrupted run can be continued.
 *
 * - `session`: the setting in which the lines after it were measured
 * - `verdict`: one measurement and what came of it, with the histograms of its rounds
 * - `failure`: one that did not come about; it is tried again when the file is continued
 * - `end`: the end of a session, and how busy the machine was then
 */
export function openRecords(path) {
  mkdirSync(dirname(path), { recursive: true });
  const text = existsSync(path) ? readFileSync(path, 'utf8') : '';
  // A line that was begun and not ended is the last one: the machine went off, for example.
  const whole = text.slice(0, text.lastIndexOf('\n') + 1);
  const entries = parseLines(whole, path);
  if (whole !== text) writeFileSync(path, whole);
  return {
    entries,
    append(entry) {
      appendFileSync(path, `${JSON.stringify(entry)}\n`);
      entries.push(entry);
    },
  };
}

function parseLines(text, path) {
  return text
    .split('\n')
    .slice(0, -1)
    .map((line, index) => {
      try {
        return JSON.parse(line);
      } catch (error) {
        throw new Error(`${path}, line ${index + 1}: ${error.message}; is this a file of the benchmark?`);
      }
    });
}

/** Figures of another machine, scenario or version do not belong together. */
export function requireSameSetting(entries, setting) {
  for (const session of entries.filter(({ kind }) => kind === 'session')) {
    for (const field of ['machine', 'digest', 'seed', 'versions']) {
      const [was, is] = [session[field], setting[field]].map((value) => JSON.stringify(value));
      if (was !== is) throw new Error(`the file was recorded with another ${field}: ${was}, and now it is ${is}`);
    }
  }
}

/** Every verdict that came about. */
export function recordsOf(entries) {
  return entries.filter(({ kind }) => kind === 'verdict');
}

/** Those of the plan that have no record yet. */
export function leftOf(plan, entries) {
  const keyOf = (entry) => `${entry.run} ${entry.case}`;
  const done = new Set(recordsOf(entries).map(keyOf));
  return plan.filter((verdict) => !done.has(keyOf(verdict)));
}
