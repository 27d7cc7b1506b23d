import { describe, expect, it } from 'vitest';
import type { Calibration } from '../../model/calibration.ts';
import { displayWidth } from './display-width.ts';
import { renderCalibration } from './render-calibration.ts';

const calibration: Calibration = {
  schemaVersion: 1,
  tool: { name: 'chokepoint', version: '0.1.0' },
  scenario: { name: 'orders', digest: '' },
  variant: 'before',
  measuredAt: '2026-03-14T09:26:11.000Z',
  environment: { node: 'v20.20.0', platform: 'linux x64', cpuModel: 'AMD EPYC 7B13', cpus: 2, memoryBytes: 8e9 },
  design: 'sliced',
  rounds: 8,
  metric: 'p95',
  margin: 0.1,
  floorMs: 1,
  spreads: [
    {
      endpoint: 'GET /users/:userId/sessions/active/and/a/long/way/below',
      name: 'p95',
      valueMs: 92.6,
      sd: 0.0932,
      resolutions: [
        { rounds: 6, change: 0.119 },
        { rounds: 8, change: 0.096 },
        { rounds: 12, change: 0.074 },
      ],
      gates: true,
    },
  ],
  omitted: [{ name: 'p95', endpoint: 'GET /rare', reason: 'p95 needs 100 requests per round, had 57' }],
  margins: [
    { rounds: 6, margin: 0.12 },
    { rounds: 8, margin: 0.1 },
    { rounds: 12, margin: 0.08 },
  ],
  falseAlarms: [],
  validity: { trusted: true, warnings: [{ level: 'note', message: 'the hypervisor took 6 % of the CPU time' }] },
};

const render = (more: Partial<Calibration> = {}, width = 80) =>
  renderCalibration({ ...calibration, ...more }, { width, color: false });

describe('the calibration in a terminal', () => {
  it('says first which margin can be resolved, then how each latency scatters', () => {
    const text = render();
    const flat = text.replace(/\s+/g, ' ');
    expect(flat).toMatch(/^chokepoint calibration · orders · before against itself · 8 rounds A margin that this/);
    expect(flat).toContain(
      '12 % in 6 rounds, 10 % in 8 rounds, 8 % in 12 rounds. That of the scenario is ±10 % or 1 ms.',
    );
    expect(flat).toContain('p95 92.6 ms 0.093 ±12 % ±9.6 % ±7.4 %');
    expect(flat).toContain('N/A p95 of GET /rare: p95 needs 100 requests per round, had 57');
    expect(flat).toContain('ALARM none');
  });

  it('tells a false alarm, and that what is not trusted was not kept', () => {
    const text = render({
      falseAlarms: ['p95 of GET /a went from 100 ms to 130 ms'],
      validity: { trusted: false, warnings: [{ level: 'untrusted', message: 'the load generator was busy' }] },
    });
    expect(text).toContain('ALARM      false: p95 of GET /a went from 100 ms to 130 ms');
    expect(text).toContain('not trusted, and so not kept');
    expect(render({ spreads: [], margins: [] })).toContain('No p95 could be compared');
  });

  it('says where the floor leaves nothing to resolve', () => {
    const flat = (margins: Calibration['margins']) => render({ margins }).replace(/\s+/g, ' ');
    expect(flat([{ rounds: 6 }, { rounds: 8 }])).toContain(
      'Any margin can be resolved: whatever cannot be told stays below the floor of 1.00 ms.',
    );
    expect(flat([{ rounds: 6, margin: 0.12 }, { rounds: 8 }])).toContain('12 % in 6 rounds, any in 8 rounds (whatever');
  });

  it.each([60, 80, 120])('keeps within %d columns', (width) => {
    for (const line of render({}, width).split('\n')) expect(displayWidth(line)).toBeLessThanOrEqual(width);
  });
});
