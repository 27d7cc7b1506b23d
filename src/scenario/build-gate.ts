import { endpointsOf, type Flow } from '../model/flow.ts';
import type { FindingRule, Gate } from '../model/gate.ts';
import { invalidValue } from './invalid-value.ts';
import { parseGateRule } from './parse-gate-rule.ts';
import { parseDuration, parsePercent } from './quantities.ts';
import type { ScenarioDocument } from './schema.ts';
import type { SourceNode } from './source-tree.ts';

type GateDocument = ScenarioDocument['gate'];

/** The gate with its rules read; throws `scenario-invalid-value` at a rule that is none, or names what does not exist. */
export function buildGate(
  { margin, floor, errors, require, findings, ...rest }: GateDocument,
  flows: readonly Flow[],
  root: SourceNode,
): Gate {
  const endpoints = endpointsOf({ flows });
  return {
    ...rest,
    margin: parsePercent(margin) ?? 0,
    floorMs: parseDuration(floor) ?? 0,
    errors: parsePercent(errors) ?? 0,
    require: require.map((text, index) => {
      const read = parseGateRule(text, endpoints);
      if (read.status === 'refused') throw invalidValue(root, ['gate', 'require', index], read.reason, read.hint);
      return read.rule;
    }),
    findings: findings.map(buildFindingRule),
  };
}

function buildFindingRule(entry: GateDocument['findings'][number]): FindingRule {
  if (typeof entry === 'string') return { audit: entry, severity: 'low', grade: 'proven', scope: 'introduced' };
  const { audit, ...least } = entry;
  return { ...least, ...(audit === undefined ? {} : { audit }) };
}
