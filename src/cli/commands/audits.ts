import { Command } from 'commander';
import { closest } from '../../model/closest.ts';
import { Failure } from '../../model/failure.ts';
import { renderAudit, renderCatalogue } from '../../report/terminal/render-audits.ts';
import { auditTexts } from '../../run/run-audits.ts';
import type { CommandContext } from '../command-context.ts';
import { printResult, terminalStyle } from '../terminal.ts';

/** `chokepoint audits`: the catalogue of what can be diagnosed. */
export function auditsCommand(_context: CommandContext): Command {
  return new Command('audits')
    .description('list what chokepoint can diagnose, or explain one audit')
    .argument('[id]', 'an audit')
    .option('--json', 'print as JSON')
    .addHelpText('after', '\nExample:\n  $ chokepoint audits n-plus-one\n')
    .action(async (id: string | undefined, { json }: { json?: boolean }) => {
      if (id === undefined) {
        await printResult(json ? JSON.stringify(auditTexts, null, 2) : renderCatalogue(auditTexts, terminalStyle()));
        return;
      }
      const audit = auditTexts.find((text) => text.id === id);
      if (!audit) {
        const suggestion = closest(
          id,
          auditTexts.map((text) => text.id),
        );
        throw new Failure('unknown-audit', { id, ...(suggestion && { suggestion }) });
      }
      await printResult(json ? JSON.stringify(audit, null, 2) : renderAudit(audit, terminalStyle()));
    });
}
