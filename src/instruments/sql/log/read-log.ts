import { Failure } from '../../../model/failure.ts';
import type { LoggedStatement, QueryLog } from '../../../model/query-log.ts';
import {
  type AssembledStatement,
  type AssembledText,
  type AssembledValues,
  createStatementAssembler,
} from './assemble-statements.ts';
import { createEntryReader, type EntryReader } from './entry-reader.ts';
import { createEntryInterpreter } from './interpret-entries.ts';
import { parseParameters } from './parse-parameters.ts';

interface ReadText extends AssembledText {
  readonly identity: string;
  readonly cut: boolean;
}

interface ReadValues extends AssembledValues {
  readonly parameters: readonly (string | null)[];
  readonly cut: readonly number[];
}

/**
 * Reads a PostgreSQL log of whichever format and wrapping into its statements, in bounded memory and while it still grows.
 *
 * Iterating throws `log-empty`, `log-binary` or `log-unrecognised`, and whatever `input` throws.
 *
 * @param options.path - how failures name the log
 * @param options.linePrefix - the server's `log_line_prefix`, where it is known
 */
export function readQueryLog(
  input: AsyncIterable<Buffer>,
  options: { readonly path: string; readonly linePrefix?: string },
): QueryLog {
  let ready: LoggedStatement[] = [];
  const assembler = createStatementAssembler<ReadText, ReadValues>((statement) => ready.push(toStatement(statement)));
  const interpret = createEntryInterpreter({ text: readText, values: readValues }, assembler.add);
  const reader = createEntryReader(interpret, options);
  let bytes = 0;

  return {
    coverage() {
      const format = reader.format();
      return { formats: format ? [format] : [], bytes, ...reader.counts };
    },
    async *[Symbol.asyncIterator]() {
      let statements = 0;
      const takeReady = () => {
        const taken = ready;
        statements += taken.length;
        ready = [];
        return taken;
      };
      for await (const chunk of input) {
        bytes += chunk.length;
        reader.add(chunk);
        yield* takeReady();
      }
      reader.end();
      assembler.end();
      const last = takeReady();
      refuseEmpty({ bytes, statements, reader, path: options.path });
      yield* last;
    },
  };
}

/** Throws `log-empty` or `log-unrecognised` where a log that was read to its end holds no statement. */
export function refuseEmpty(log: {
  bytes: number;
  statements: number;
  reader: Pick<EntryReader, 'counts'>;
  path: string;
}): void {
  const { bytes, statements, reader, path } = log;
  if (bytes === 0) throw new Failure('log-empty', { path });
  if (statements === 0) throw new Failure('log-unrecognised', { path, lines: reader.counts.lines });
}

function readText(sql: string, cut: boolean): ReadText {
  return { identity: sql, size: sql.length, cut };
}

function readValues(text: string): ReadValues | undefined {
  const found = parseParameters(text);
  if (!found) return undefined;
  const size = found.values.reduce((sum, value) => sum + (value?.length ?? 0), 0);
  return { parameters: found.values, cut: found.cut, size };
}

function toStatement(statement: AssembledStatement<ReadText, ReadValues>): LoggedStatement {
  const { who, text, values, durationMs, timestamp, error, plan } = statement;
  const { session, user, database, application } = who;
  return {
    sql: text.identity,
    ...(values ? { parameters: values.parameters } : {}),
    ...(values && values.cut.length > 0 ? { cutParameters: values.cut } : {}),
    ...(Number.isNaN(durationMs) ? {} : { durationMs }),
    ...(Number.isNaN(timestamp) ? {} : { timestamp }),
    session,
    ...(user ? { user } : {}),
    ...(database ? { database } : {}),
    ...(application ? { application } : {}),
    ...(error === undefined ? {} : { error }),
    ...(text.cut ? { cut: true } : {}),
    ...(plan ? { plan: plan.text } : {}),
  };
}
