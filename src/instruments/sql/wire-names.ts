import type { BindBody, ColumnDescription, ParseBody } from './wire-bodies.ts';
import { formatAt } from './wire-result.ts';
import { valueText } from './wire-values.ts';

/** A statement of Parse; the server's descriptions are added when they pass. */
export interface PreparedStatement {
  readonly sql: string;
  parameterTypes: readonly number[];
  columns: readonly ColumnDescription[] | undefined;
}

/** A statement with its values bound. */
export interface Portal {
  readonly statement: PreparedStatement;
  readonly bound: Pick<BindBody, 'formats' | 'values' | 'resultFormats'>;
  columns: readonly ColumnDescription[] | undefined;
}

/** Takes back a change of names, for messages that the server skips after an error. */
export type Undo = () => void;

/** Far beyond what a service keeps open; bounds what a client can make the tap remember. */
const maxNames = 10_000;

/** The statements and portals of one connection by name, as they are once the server has done all that was sent. */
export interface WireNames {
  parse(body: ParseBody): { readonly statement: PreparedStatement; readonly undo: Undo };
  bind(body: BindBody): { readonly portal: Portal; readonly undo: Undo };
  close(of: 'statement' | 'portal', name: string): Undo;
  /** A name that PREPARE or DECLARE made in SQL is known to the server only: its text is then that of its use. */
  statement(name: string): PreparedStatement;
  portal(name: string): Portal;
}

export function createWireNames(): WireNames {
  const statements = new Map<string, PreparedStatement>();
  const portals = new Map<string, Portal>();

  const statement = (name: string): PreparedStatement =>
    statements.get(name) ?? { sql: `EXECUTE ${quoted(name)}`, parameterTypes: [], columns: undefined };

  return {
    statement,
    portal: (name) =>
      portals.get(name) ?? {
        statement: { sql: `FETCH ALL FROM ${quoted(name)}`, parameterTypes: [], columns: undefined },
        bound: { formats: [], values: [], resultFormats: [] },
        columns: undefined,
      },
    parse({ name, sql, parameterTypes }) {
      const added: PreparedStatement = { sql, parameterTypes, columns: undefined };
      return { statement: added, undo: put(statements, name, added) };
    },
    bind({ portal: name, statement: of, formats, values, resultFormats }) {
      const added: Portal = {
        statement: statement(of),
        bound: { formats, values, resultFormats },
        columns: undefined,
      };
      return { portal: added, undo: put(portals, name, added) };
    },
    close: (of, name) => (of === 'statement' ? put(statements, name, undefined) : put(portals, name, undefined)),
  };
}

/** The bound values as text, and `…` for one that was too large to keep. */
export function boundTexts({ bound, statement }: Portal): readonly (string | null)[] {
  return bound.values.map((value, index) =>
    value === undefined
      ? '…'
      : valueText(value, formatAt(bound.formats, index) ?? 0, statement.parameterTypes[index] ?? 0),
  );
}

function put<T>(names: Map<string, T>, name: string, value: T | undefined): Undo {
  const previous = names.get(name);
  const set = (to: T | undefined): void => {
    names.delete(name);
    if (to !== undefined) names.set(name, to);
  };
  set(value);
  const oldest = names.keys().next();
  if (names.size > maxNames && !oldest.done) names.delete(oldest.value);
  return () => set(previous);
}

function quoted(name: string): string {
  return `"${name.replaceAll('"', '""')}"`;
}
