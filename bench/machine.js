import { createRequire } from 'node:module';
import { arch, cpus, platform, release, totalmem } from 'node:os';
import { setTimeout as sleep } from 'node:timers/promises';
import { bullets } from './markdown.js';

/** What figures depend on: the day, the machine, and the versions of this package, Node and `others`. */
export function describeSetting(others = {}) {
  const cores = cpus();
  return {
    date: new Date().toISOString().slice(0, 10),
    machine: `${cores.length} × ${cores[0]?.model ?? 'unknown'}, ${Math.round(totalmem() / 2 ** 30)} GiB, ${platform()} ${release()} ${arch()}`,
    versions: {
      chokepoint: createRequire(import.meta.url)('../package.json').version,
      Node: process.versions.node,
      ...others,
    },
  };
}

/** Of all cores, over one second in which this process does nothing. */
export async function busyShare() {
  const read = () =>
    cpus().map(({ times }) => ({ idle: times.idle, all: Object.values(times).reduce((a, b) => a + b, 0) }));
  const before = read();
  await sleep(1000);
  const after = read();
  const sum = (field) => after.reduce((total, core, index) => total + core[field] - before[index][field], 0);
  return 1 - sum('idle') / sum('all');
}

/** The setting as a list, with a warning where the machine had other things to do. */
export function settingSection({ date, machine, versions, missing = [], busyShare }) {
  return bullets([
    `Date: ${date}`,
    `Machine: ${machine}`,
    `Versions: ${Object.entries(versions)
      .map(([name, version]) => `${name} ${version}`)
      .join(', ')}`,
    ...(missing.length > 0 ? [`Not installed: ${missing.join(', ')}`] : []),
    ...(busyShare > 0.1
      ? [
          `**The machine was busy (${(busyShare * 100).toFixed(0)} %) while nothing was measured: do not trust these figures.**`,
        ]
      : []),
  ]);
}
