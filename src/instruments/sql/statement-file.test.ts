import { describe, expect, it } from 'vitest';
import { splitFile } from './statement-file.ts';

const statementsOf = (text: string) => splitFile(text).statements;

describe('a file of statements', () => {
  it('is split at the semicolons that end them, each with its line', () => {
    expect(
      statementsOf('SELECT 1;\n\n-- a comment; it ends nothing\nSELECT \';\', $$;$$ \n /* ; */ FROM "a;b";SELECT 3'),
    ).toEqual([
      { sql: 'SELECT 1', line: 1 },
      { sql: 'SELECT \';\', $$;$$ \n /* ; */ FROM "a;b"', line: 4 },
      { sql: 'SELECT 3', line: 5 },
    ]);
  });

  it('may be empty, or hold comments and semicolons alone', () => {
    for (const text of ['', ' \n', '-- nothing', ';;', '/* nothing */;']) expect(statementsOf(text)).toEqual([]);
  });

  it('may hold commands of psql, which are named', () => {
    const text = "\\set id 7\n\\echo it's\nSELECT 1 \\gx\n  \\timing on\nSELECT '\\d';\n";
    expect(splitFile(text)).toEqual({
      statements: [
        { sql: 'SELECT 1', line: 3 },
        { sql: "SELECT '\\d'", line: 5 },
      ],
      skipped: [
        { text: '\\set id 7', line: 1, reason: 'a command of psql' },
        { text: "\\echo it's", line: 2, reason: 'a command of psql' },
        { text: '\\gx', line: 3, reason: 'a command of psql' },
        { text: '\\timing on', line: 4, reason: 'a command of psql' },
      ],
    });
  });

  it('may hold the rows of COPY, which are no statements', () => {
    const text = "COPY t (a) FROM stdin;\n1;\nit's\n\\.\nSELECT 2;";
    expect(splitFile(text)).toMatchObject({
      statements: [{ sql: 'COPY t (a) FROM stdin' }, { sql: 'SELECT 2', line: 5 }],
      skipped: [{ reason: 'rows of COPY', line: 2 }],
    });
  });
});
