import { describe, expect, it } from 'vitest';
import { sampleRun } from '../../testing/sample-run.ts';
import { renderJson } from './render-json.ts';

describe('the JSON report', () => {
  it('is the run itself, as it can be read back', () => {
    const { run } = sampleRun();
    const { $schema, ...read } = JSON.parse(renderJson(run));
    expect(read).toEqual(JSON.parse(JSON.stringify(run)));
    expect($schema).toBe('https://unpkg.com/chokepoint@0.1.0/schema/run.schema.json');
  });

  it('is the same text for equal runs, whatever the order of their keys', () => {
    const { run } = sampleRun();
    const reversed = Object.fromEntries(Object.entries(run).reverse()) as unknown as typeof run;
    expect(renderJson(reversed)).toBe(renderJson(run));
    expect(
      renderJson(run)
        .replace(/.*\$schema.*\n/, '')
        .startsWith('{\n  "schemaVersion": 1,\n  "id"'),
    ).toBe(true);
    expect(Object.keys(JSON.parse(renderJson(run)).variants)).toEqual(['before', 'after']);
  });
});
