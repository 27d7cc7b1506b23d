import { readFileSync } from 'node:fs';
import { cpus, totalmem } from 'node:os';
import type { Environment } from '../model/run.ts';

/** The version of this package. */
export function toolVersion(): string {
  const text = readFileSync(new URL('../../package.json', import.meta.url), 'utf8');
  return (JSON.parse(text) as { version: string }).version;
}

/** The machine that a run was made on; figures of different machines are not compared. */
export function describeEnvironment(): Environment {
  const processors = cpus();
  return {
    node: process.version,
    platform: `${process.platform} ${process.arch}`,
    cpuModel: processors[0]?.model.trim() || 'unknown',
    cpus: processors.length,
    memoryBytes: totalmem(),
  };
}
