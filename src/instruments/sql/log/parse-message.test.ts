import { describe, expect, it } from 'vitest';
import { parseMessage } from './parse-message.ts';

describe('parseMessage', () => {
  it.each([
    ['duration: 0.087 ms  statement: BEGIN', { kind: 'statement', durationMs: 0.087, sql: 'BEGIN' }],
    ['duration: 1200.000 ms  execute <unnamed>: SELECT 1', { kind: 'execute', durationMs: 1200, sql: 'SELECT 1' }],
    ['duration: 0.1 ms  execute x: SELECT 1', undefined],
    ['duration: 0.100 ms  execute find: one: SELECT 1', { kind: 'execute', durationMs: 0.1, sql: 'one: SELECT 1' }],
    ['duration: 0.100 ms  execute S_1/C_2: SELECT 1', { kind: 'execute', durationMs: 0.1, sql: 'SELECT 1' }],
    ['duration: 0.100 ms  execute fetch from S_1/C_2: SELECT 1', { kind: 'fetch', durationMs: 0.1, sql: 'SELECT 1' }],
    ['duration: 0.100 ms  parse s1: SELECT $1', { kind: 'parse', durationMs: 0.1, sql: 'SELECT $1' }],
    ['duration: 0.100 ms  bind s1: SELECT $1', { kind: 'bind', durationMs: 0.1, sql: 'SELECT $1' }],
    ['duration: 0.100 ms', { kind: 'duration', durationMs: 0.1 }],
    ['statement: SELECT 1', { kind: 'statement', sql: 'SELECT 1' }],
    ['execute <unnamed>: SELECT\n1', { kind: 'execute', sql: 'SELECT\n1' }],
  ])('reads %j', (message, expected) => {
    expect(parseMessage(message)).toEqual(expected);
  });

  it.each([
    ['durée : 0.020 ms, instruction : SELECT 1', 'statement'],
    ['durée : 0.020 ms  exécute <unnamed>: SELECT 1', 'execute'],
    ['durée : 0.476 ms, analyse <unnamed> : SELECT 1', 'parse'],
    ['durée : 0.476 ms, lien <unnamed> : SELECT 1', 'bind'],
    ['Dauer: 0.020 ms  Anweisung: SELECT 1', 'statement'],
    ['Dauer: 0.020 ms  Ausführen <unnamed>: SELECT 1', 'execute'],
    ['Dauer: 0.020 ms  Ausführen Fetch von C_1: SELECT 1', 'fetch'],
    ['Dauer: 0.020 ms  Parsen <unnamed>: SELECT 1', 'parse'],
    ['duración: 0.020 ms  sentencia: SELECT 1', 'statement'],
    ['duración: 0.020 ms  parse: <unnamed>: SELECT 1', 'parse'],
    ['duración: 0.020 ms  ejecutar <unnamed>: SELECT 1', 'execute'],
    ['продолжительность: 0.020 мс, оператор: SELECT 1', 'statement'],
    ['durata: 0.020 ms  esecuzione di <unnamed>: SELECT 1', 'execute'],
  ])('reads %j of a localised server', (message, kind) => {
    expect(parseMessage(message)).toMatchObject({ kind, sql: 'SELECT 1' });
  });

  it.each([
    'database system is ready to accept connections',
    'duration: 12.000 ms  plan:\nQuery Text: SELECT 1\nSeq Scan on t',
    'duration: 1.000 ms  fastpath function call: "lo_open" (OID 952)',
    'automatic vacuum of table "a": index scans: 0',
    'checkpoint complete: wrote 68 buffers (0.4%); write=0.003 s',
    '',
  ])('passes over %j', (message) => {
    expect(parseMessage(message)).toBeUndefined();
  });
});
