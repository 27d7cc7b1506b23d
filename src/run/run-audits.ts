import { catalogue } from '../audits/catalogue.ts';
import type { ArtifactKey, Artifacts, Gathered, GatheredArtifact } from '../model/artifacts.ts';
import type { Audit, AuditText, Outcome } from '../model/audit.ts';
import type { CapacityArtifact } from '../model/capacity.ts';
import { closest } from '../model/closest.ts';
import { Failure } from '../model/failure.ts';
import type { Finding } from '../model/finding.ts';
import type { AuditSelection, IgnoreRule, Scenario } from '../model/scenario.ts';
import { boundedSaving } from './bounded-saving.ts';

const judgesCapacity = ({ requires }: Audit): boolean => requires.includes('capacity');
const capacityAudits = catalogue.filter(judgesCapacity);
const passAudits = catalogue.filter((audit) => !judgesCapacity(audit));

const textsOf = (audits: readonly Audit[]): readonly AuditText[] =>
  audits.map(({ id, technique, title, failureTitle, why, fix }) => ({ id, technique, title, failureTitle, why, fix }));

/** The texts of every audit, of those of a run, and of those of `chokepoint capacity`. */
export const auditTexts = textsOf(catalogue);
export const runAuditTexts = textsOf(passAudits);
export const capacityAuditTexts = textsOf(capacityAudits);

/**
 * Runs every audit of a run over what was gathered about one variant.
 *
 * An audit that throws becomes an `errored` outcome, and the others go on.
 *
 * @param today - ISO date, for ignore rules that end
 */
export function runAudits(
  gathered: Gathered,
  selection: AuditSelection,
  today: string,
): Readonly<Record<string, Outcome>> {
  return outcomesOf(passAudits, gathered, selection, today);
}

/** The same for the audits of a search for the capacity. */
export function runCapacityAudits(
  capacity: CapacityArtifact,
  selection: AuditSelection,
  today: string,
): Readonly<Record<string, Outcome>> {
  return outcomesOf(capacityAudits, { capacity: { status: 'gathered', value: capacity } }, selection, today);
}

type AnyGathered = { readonly [K in ArtifactKey]?: GatheredArtifact<Artifacts[K]> };

function outcomesOf(
  audits: readonly Audit[],
  gathered: AnyGathered,
  selection: AuditSelection,
  today: string,
): Readonly<Record<string, Outcome>> {
  return Object.fromEntries(
    audits.map((audit) => [audit.id, withoutIgnored(runAudit(audit, gathered, selection), selection.ignore, today)]),
  );
}

function runAudit(audit: Audit, gathered: AnyGathered, selection: AuditSelection): Outcome {
  const artifacts: Partial<Record<ArtifactKey, unknown>> = {};
  for (const key of audit.requires) {
    const artifact = gathered[key] ?? { status: 'missing', reason: `nothing gathers ${key} here` };
    if (artifact.status === 'missing') return { status: 'skipped', missing: key, reason: artifact.reason };
    artifacts[key] = artifact.value;
  }
  try {
    const options = { ...audit.defaults, ...selection.options[audit.id] };
    const result = audit.run(artifacts as Artifacts, options);
    if ('inconclusive' in result) return { status: 'inconclusive', reason: result.inconclusive };
    const relaxed = audit.relax ? audit.run(artifacts as Artifacts, audit.relax(options)) : [];
    const keys = new Set(result.map(({ key }) => key));
    const near = 'inconclusive' in relaxed ? [] : relaxed.filter(({ key }) => !keys.has(key));
    const { load } = gathered;
    const bounded = load?.status === 'gathered' ? result.map((each) => boundedSaving(each, load.value)) : result;
    return judged(bySaving(bounded), near);
  } catch (error) {
    return { status: 'errored', error: error instanceof Error ? error.message : String(error) };
  }
}

function judged(findings: readonly Finding[], near: readonly Finding[]): Outcome {
  const also = near.length > 0 && { near };
  return findings.length === 0 ? { status: 'pass', ...also } : { status: 'fail', findings, ...also };
}

function bySaving(findings: readonly Finding[]): readonly Finding[] {
  return findings.toSorted((a, b) => (b.savingMs ?? 0) - (a.savingMs ?? 0));
}

function withoutIgnored(outcome: Outcome, rules: readonly IgnoreRule[], today: string): Outcome {
  if (outcome.status !== 'pass' && outcome.status !== 'fail') return outcome;
  const kept = (findings: readonly Finding[] = []) =>
    findings.filter((finding) => !rules.some((rule) => matches(rule, finding, today)));
  return judged(kept(outcome.status === 'fail' ? outcome.findings : []), kept(outcome.near));
}

function matches(rule: IgnoreRule, finding: Finding, today: string): boolean {
  if (rule.until !== undefined && rule.until < today) return false;
  return rule.audit === finding.audit && (rule.endpoint === undefined || rule.endpoint === finding.endpoint);
}

/** Refuses a scenario that names an audit or an option which does not exist, before anything is started. */
export function checkAuditSelection({ audits, gate, positions }: Scenario): void {
  const ids = catalogue.map(({ id }) => id);
  const requireAudit = (id: string, path: string) => {
    if (ids.includes(id)) return;
    const suggestion = closest(id, ids);
    throw new Failure('unknown-audit', { id, ...(suggestion && { suggestion }) }, { at: positions[path] });
  };
  for (const [index, rule] of audits.ignore.entries()) requireAudit(rule.audit, `audits.ignore.${index}.audit`);
  for (const [index, { audit: id }] of gate.findings.entries()) {
    if (id === undefined) continue;
    const entry = `gate.findings.${index}`;
    const path = positions[`${entry}.audit`] ? `${entry}.audit` : entry;
    requireAudit(id, path);
    // A gate that can never close would look like one that was passed.
    if (capacityAudits.some((audit) => audit.id === id)) {
      throw new Failure('audit-of-capacity', { id }, { at: positions[path] });
    }
  }
  for (const [id, options] of Object.entries(audits.options)) {
    requireAudit(id, `audits.options.${id}`);
    const defaults = (catalogue.find((audit) => audit.id === id)?.defaults ?? {}) as Record<string, unknown>;
    for (const [key, value] of Object.entries(options))
      checkOption(defaults, key, value, `audits.options.${id}`, positions);
  }
}

function checkOption(
  defaults: Readonly<Record<string, unknown>>,
  key: string,
  value: unknown,
  parent: string,
  positions: Scenario['positions'],
): void {
  const at = positions[`${parent}.${key}`];
  const allowed = Object.keys(defaults);
  if (!allowed.includes(key)) {
    const suggestion = closest(key, allowed);
    throw new Failure('scenario-unknown-key', { key, parent, allowed, ...(suggestion && { suggestion }) }, { at });
  }
  const expected = typeof defaults[key];
  if (typeof value !== expected) {
    throw new Failure(
      'scenario-wrong-type',
      { path: `${parent}.${key}`, expected: `a ${expected}`, received: `a ${typeof value}` },
      { at },
    );
  }
}
