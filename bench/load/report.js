import { settingSection } from '../machine.js';
import { bullets, table } from '../markdown.js';
import { cpuTargets, median } from './cpu.js';
import { memoryTargets } from './memory.js';
import { quantiles } from './truth.js';

/** What was promised and not reached, one line each. */
export function missesOf({ cpu, accuracy, memory }) {
  const misses = [];
  for (const [part, limit] of Object.entries(cpuTargets)) {
    const entry = cpu?.entries.find(({ name }) => name === `chokepoint, ${part}`);
    const ratio = entry && median(entry.ratios);
    if (ratio > limit) misses.push(`CPU per request, ${part}: ${ratio.toFixed(2)} × autocannon, at most ${limit} ×`);
  }
  for (const { name, message } of cpu?.failures ?? []) {
    if (name.startsWith('chokepoint')) misses.push(`CPU per request, ${name}: did not run: ${message}`);
  }
  for (const { title, rows } of accuracy ?? []) {
    for (const { name, isOurs, model, figures = {}, failure } of rows.filter((row) => row.isOurs)) {
      if (failure !== undefined) misses.push(`${title}, ${model}: ${name} did not run: ${failure}`);
      for (const [quantile, { isWithin, ratio }] of Object.entries(figures)) {
        if (isOurs && !isWithin) misses.push(`${title}, ${model}, ${quantile}: ${ratio.toFixed(2)} × the tolerance`);
      }
    }
  }
  for (const [field, limit] of Object.entries(memoryTargets)) {
    const slope = memory?.slopes[field];
    if (memory?.isJudged && slope > limit)
      misses.push(`memory, ${field}: ${slope.toFixed(2)} bytes per request, at most ${limit}`);
  }
  return misses;
}

/** The whole as Markdown, which is printed and written alike. */
export function render(results) {
  const { setting, cpu, accuracy, memory } = results;
  const misses = missesOf(results);
  return [
    '# The load generator, beside others',
    'Written by `npm run bench:load`. All generators ran in turns against one server on one machine.',
    settingSection(setting),
    misses.length === 0
      ? 'Every target that was measured is met.'
      : bullets(misses.map((miss) => `**MISSED** ${miss}`)),
    ...(cpu ? [cpuSection(cpu)] : []),
    ...(accuracy ? [accuracySection(accuracy)] : []),
    ...(memory ? [memorySection(memory)] : []),
  ]
    .join('\n\n')
    .concat('\n');
}

function cpuSection({ entries, failures }) {
  const rows = entries.map(({ name, perRequestUs, ratios }) => [
    name,
    us(median(perRequestUs)),
    Math.round(1e6 / median(perRequestUs)).toLocaleString('en-GB'),
    median(ratios).toFixed(2),
    `${Math.min(...ratios).toFixed(2)} to ${Math.max(...ratios).toFixed(2)}`,
    targetOf(name, median(ratios)),
  ]);
  return [
    '## CPU of the generator',
    `User and system time of the generator's process per answered request: 20 connections without pause, closed model, median of ${entries[0]?.perRequestUs.length ?? 0} rounds. A ratio compares within one round. The flow has three steps: each expects a status and a value in its JSON, two capture a value that the next one sends.`,
    table(['generator', 'µs per request', 'requests per CPU second', '÷ autocannon', 'least to most', 'target'], rows),
    ...(failures.length > 0 ? [bullets(failures.map(({ name, message }) => `${name} did not run: ${message}`))] : []),
  ].join('\n\n');
}

function targetOf(name, ratio) {
  const limit = cpuTargets[/^chokepoint, (.*)/.exec(name)?.[1]];
  if (limit === undefined) return '';
  return `≤ ${limit}: ${ratio <= limit ? 'met' : '**MISSED**'}`;
}

function accuracySection(situations) {
  const names = Object.keys(quantiles);
  const rows = situations.flatMap(({ title, rows }) =>
    rows.map((row) => [
      title,
      row.model,
      row.name,
      ...names.map((name) => (row.failure === undefined ? cell(row.figures[name], row.isOurs) : '')),
      row.failure === undefined ? `×${row.worst.toFixed(2)}` : `did not run: ${row.failure}`,
      row.failure === undefined ? String(row.lost) : '',
    ]),
  );
  return [
    '## Error against the truth',
    'The server measures each request from its last byte read until its answer is written. Each cell is what the generator says in milliseconds and, after it, how far that is from what the server did. Tolerated are 5 % or 0.5 ms at p50 and p95, 10 % or 1 ms at p99; ×3 is three times that. The worst is over all quantiles and rounds; ours is judged by the median of its rounds.',
    'In the open model 300 requests per second come due at even distances, and time counts from then: of a stall of 2 s in 6 s, a third of all requests has to wait. In the closed model five users ask one request after the other, and in a stall only those wait that are under way. wrk adds requests that it thinks it should have sent meanwhile, and autocannon does at a rate: such figures belong to neither model. `n/a`: the generator does not tell, and where a model is left out it has none. Where the server closes or drops connections, ours is the time from when a request was sent, for the making of connections is nothing that the server could see; the others are taken as they are. `bare node:net` is a loop over sockets of Node that does nothing else, run once: what of an error is that of Node, or of the machine.',
    table(['situation', 'model', 'generator', ...names, 'worst', 'lost'], rows),
  ].join('\n\n');
}

function cell(figure, isOurs) {
  if (!figure) return 'n/a';
  const { figureUs, errorUs, isWithin, ratio } = figure;
  const error = `${errorUs < 0 ? '−' : '+'}${ms(Math.abs(errorUs))}`;
  const mark = isWithin ? '' : isOurs ? ` **MISSED** ×${ratio.toFixed(1)}` : ` ×${ratio.toFixed(1)}`;
  return `${ms(figureUs)} (${error})${mark}`;
}

function memorySection({ points, slopes, isJudged }) {
  const rows = points.map(({ requests, rss, heapUsed }) => [requests.toLocaleString('en-GB'), mib(rss), mib(heapUsed)]);
  const verdicts = Object.entries(memoryTargets).map(([field, limit]) => {
    const slope = slopes[field];
    return `${field}: ${slope.toFixed(2)} bytes per request, at most ${limit}: ${isJudged ? (slope <= limit ? 'met' : '**MISSED**') : 'too few requests to tell'}`;
  });
  return [
    '## Memory of the generator',
    'After garbage collection, in one measurement that is never taken; the slope is that of the second half.',
    table(['requests', 'RSS (MiB)', 'heapUsed (MiB)'], rows),
    bullets(verdicts),
  ].join('\n\n');
}

function us(value) {
  return value.toFixed(1);
}

function ms(valueUs) {
  const value = valueUs / 1000;
  return value >= 100 ? value.toFixed(0) : value.toFixed(2);
}

function mib(bytes) {
  return (bytes / 2 ** 20).toFixed(1);
}
