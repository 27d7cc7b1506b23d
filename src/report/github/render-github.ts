import type { Finding } from '../../model/finding.ts';
import { gatedFindings } from '../../model/gated-findings.ts';
import type { LoadedRun, Run } from '../../model/run.ts';
import { coverageSentences } from '../coverage-text.ts';
import { findingSections, findingTitle, savingOf } from '../finding-sections.ts';
import { formatMs } from '../format.ts';
import { clipText } from '../untrusted-text.ts';
import { verdictSentence } from '../verdict-text.ts';
import { findingPlace } from './finding-place.ts';
import { type WorkflowCommand, workflowCommand } from './workflow-command.ts';

export interface RenderGithubOptions {
  /** Absolute path of the repository, to which the files of annotations are relative. */
  readonly root: string;
}

/** A step may show ten annotations of each level, and GitHub drops the others without a word. */
const mostOfLevel = 10;

/**
 * Runs as workflow commands of GitHub Actions, a line each: first the decision on every run, then its findings, dearest
 * first, at the line of code where they show. What was fixed is not annotated.
 */
export function renderGithub(runs: readonly LoadedRun[], { root }: RenderGithubOptions): string {
  const commands = [
    ...runs.map(({ run }) => decisionCommand(run)),
    ...runs.flatMap(({ run }) => findingCommands(run, root)),
  ];
  const seen = { error: 0, warning: 0, notice: 0 };
  const shown = commands.filter(({ level }) => seen[level]++ < mostOfLevel);
  const hidden = commands.length - shown.length;
  const rest = hidden > 0 ? [`${hidden} more annotations than GitHub shows: see the report`] : [];
  return [...shown.map(workflowCommand), ...rest, ''].join('\n');
}

function decisionCommand(run: Run): WorkflowCommand {
  const { comparison, decision, scenario, validity } = run;
  const name = clipText(scenario.name, 200);
  const doubt = validity.trusted ? '' : ', not trusted';
  return {
    level: decision.exitCode !== 0 ? 'error' : comparison?.verdict === 'INCONCLUSIVE' ? 'warning' : 'notice',
    title: `${name}: ${comparison?.verdict ?? 'diagnosis'}${doubt}`,
    message: clipText([verdictSentence(run), decision.reason, ...coverageSentences(run)].join('\n'), 4000),
  };
}

function findingCommands(run: Run, root: string): readonly WorkflowCommand[] {
  const gated = new Set(gatedFindings(run).map(({ key }) => key));
  return findingSections(run)
    .filter(({ kind }) => kind !== 'fixed')
    .flatMap(({ findings }) => findings)
    .map((finding) => {
      const savingMs = savingOf(finding);
      const saving = savingMs === undefined ? '' : `; it costs ${formatMs(savingMs)} of each request`;
      const where = finding.endpoint === undefined ? '' : `${finding.endpoint}: `;
      return {
        level: gated.has(finding.key) ? 'error' : levelOf(finding),
        title: clipText(`${findingTitle(run, finding)} (${finding.grade})`, 200),
        message: clipText(`${where}${finding.summary}${saving}`, 2000),
        ...findingPlace(finding, root),
      };
    });
}

/** A warning is for what costs, and is more than a possibility. */
function levelOf({ severity, grade }: Finding): 'warning' | 'notice' {
  return severity === 'low' || grade === 'possible' ? 'notice' : 'warning';
}
