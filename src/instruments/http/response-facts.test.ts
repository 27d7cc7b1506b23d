import { gunzipSync, gzipSync } from 'node:zlib';
import { describe, expect, it } from 'vitest';
import { valueHash } from '../../model/value-hash.ts';
import { responseFacts } from './response-facts.ts';

const json = Buffer.from(JSON.stringify(Array.from({ length: 100 }, (_, id) => ({ id, name: 'customer' }))));

function facts(headers: Record<string, string>, body: Buffer = json) {
  return responseFacts('GET /', { status: 200, headers, body, bytes: body.length });
}

describe('the facts of a response', () => {
  it('are what its head and body say', () => {
    const headers = {
      'content-type': 'application/json; charset=utf-8',
      'cache-control': 'no-store',
      etag: 'W/"1"',
      connection: 'keep-alive',
    };
    expect(facts(headers)).toEqual({
      endpoint: 'GET /',
      status: 200,
      bodyBytes: json.length,
      decodedBytes: json.length,
      values: { hashes: expect.arrayContaining(['0', '99', 'customer'].map(valueHash)), isComplete: true },
      gzipBytes: gzipSync(json).length,
      contentType: 'application/json; charset=utf-8',
      contentEncoding: '',
      cacheControl: 'no-store',
      hasValidator: true,
      keepAlive: true,
    });
  });

  it('say nothing of compression and of values where only the beginning of the body was kept', () => {
    const headers = { 'content-type': 'application/json' };
    const cut = responseFacts('GET /', { status: 200, headers, body: json, bytes: json.length + 1 });
    expect(cut.bodyBytes).toBe(json.length + 1);
    for (const field of ['gzipBytes', 'decodedBytes', 'values']) expect(cut).not.toHaveProperty(field);
  });

  it('of a response without headers are empty, not invented', () => {
    expect(facts({})).toEqual({
      endpoint: 'GET /',
      status: 200,
      bodyBytes: json.length,
      decodedBytes: json.length,
      contentType: '',
      contentEncoding: '',
      cacheControl: '',
      hasValidator: false,
      keepAlive: true,
    });
  });

  it('tell what gzip would send for text above 1 kB, and for nothing else', () => {
    const type = 'application/json';
    const isTold = (headers: Record<string, string>, body?: Buffer) => 'gzipBytes' in facts(headers, body);
    expect(isTold({ 'content-type': type }, Buffer.alloc(1024, 'a'))).toBe(false);
    expect(isTold({ 'content-type': type }, Buffer.alloc(1025, 'a'))).toBe(true);
    expect(isTold({ 'content-type': type, 'content-encoding': 'GZIP' })).toBe(false);
    expect(isTold({ 'content-type': type, 'content-encoding': 'identity' })).toBe(true);
    for (const text of [
      'text/html',
      'TEXT/CSV',
      'application/problem+json',
      'image/svg+xml',
      'application/javascript',
    ]) {
      expect([text, isTold({ 'content-type': text })]).toEqual([text, true]);
    }
    for (const other of ['image/png', 'application/zip', 'text/event-stream', 'application/jsonp-zip', 'json', '']) {
      expect([other, isTold({ 'content-type': other })]).toEqual([other, false]);
    }
  });

  it('count a compressed body as it came', () => {
    const body = gzipSync(json);
    const found = facts({ 'content-type': 'application/json', 'content-encoding': 'gzip' }, body);
    expect(found).toMatchObject({ bodyBytes: body.length, decodedBytes: json.length, contentEncoding: 'gzip' });
    expect(found.values?.hashes).toHaveLength(101);
    expect(gunzipSync(body)).toEqual(json);
  });

  it('see a connection that ends, and one whose header merely sounds like it', () => {
    expect(facts({ connection: 'Close' }).keepAlive).toBe(false);
    expect(facts({ connection: 'upgrade, close' }).keepAlive).toBe(false);
    expect(facts({ connection: 'x-close-soon' }).keepAlive).toBe(true);
  });

  it('take either validator', () => {
    expect(facts({ 'last-modified': 'Mon, 01 Jan 2024 00:00:00 GMT' }).hasValidator).toBe(true);
    expect(facts({ etag: '"a"' }).hasValidator).toBe(true);
  });
});
