import { randomBytes } from 'node:crypto';
import { get } from 'node:http';
import type { Duplex } from 'node:stream';
import { Failure } from '../../model/failure.ts';

/** A session with the inspector of another process. */
export interface InspectorClient {
  /** Calls a method of the DevTools protocol; throws `profile-failed` when it fails or the process ends. */
  post(method: string, params?: object): Promise<Record<string, unknown>>;
  /** Everything that the inspector sends unasked. */
  onEvent(listener: (method: string, params: Record<string, unknown>) => void): void;
  /** Aborted when the connection is gone. */
  readonly closed: AbortSignal;
  close(): void;
}

/** An inspector interrupts even a busy script, so silence means a process that is stopped. */
const answerTimeoutMs = 30_000;

interface Waiting {
  readonly resolve: (result: Record<string, unknown>) => void;
  readonly reject: (failure: Failure) => void;
}

/**
 * Connects to an inspector's WebSocket (`ws://127.0.0.1:9229/<id>`).
 *
 * Node 20 has no WebSocket client: this is the part of https://www.rfc-editor.org/rfc/rfc6455 that an
 * inspector on this machine needs, without extensions.
 */
export async function connectInspector(webSocketUrl: string): Promise<InspectorClient> {
  const socket = await upgrade(webSocketUrl);
  const waiting = new Map<unknown, Waiting>();
  let listener: (method: string, params: Record<string, unknown>) => void = () => undefined;
  const closing = new AbortController();
  let lastId = 0;

  readFrames(socket, (text) => {
    const message = JSON.parse(text) as Record<string, unknown>;
    const call = waiting.get(message.id);
    waiting.delete(message.id);
    if (call && message.error) call.reject(failed(`the inspector refuses: ${JSON.stringify(message.error)}`));
    else if (call) call.resolve(message.result as Record<string, unknown>);
    else if (typeof message.method === 'string') {
      listener(message.method, (message.params ?? {}) as Record<string, unknown>);
    }
  });
  socket.on('error', () => socket.destroy());
  socket.on('close', () => {
    for (const { reject } of waiting.values()) reject(failed('the process ended'));
    waiting.clear();
    closing.abort();
  });

  return {
    post: (method, params = {}) =>
      new Promise((resolve, reject) => {
        if (socket.destroyed) return reject(failed('the process ended'));
        const id = ++lastId;
        const silence = setTimeout(() => {
          waiting.delete(id);
          reject(failed(`the process did not answer within ${answerTimeoutMs / 1000} s`));
        }, answerTimeoutMs);
        const settle =
          <T>(settled: (value: T) => void) =>
          (value: T) => {
            clearTimeout(silence);
            settled(value);
          };
        waiting.set(id, { resolve: settle(resolve), reject: settle(reject) });
        socket.write(encodeFrame(0x1, Buffer.from(JSON.stringify({ id, method, params }))));
      }),
    onEvent: (next) => {
      listener = next;
    },
    closed: closing.signal,
    close: () => {
      if (!socket.destroyed) socket.end(encodeFrame(0x8, Buffer.alloc(0)));
    },
  };
}

const failed = (reason: string) => new Failure('profile-failed', { reason });

function upgrade(webSocketUrl: string): Promise<Duplex> {
  return new Promise((resolve, reject) => {
    const refuse = (reason: string) => reject(failed(`the inspector at ${webSocketUrl} ${reason}`));
    const request = get(webSocketUrl.replace(/^ws:/, 'http:'), {
      agent: false,
      headers: {
        connection: 'Upgrade',
        upgrade: 'websocket',
        'sec-websocket-version': '13',
        'sec-websocket-key': randomBytes(16).toString('base64'),
      },
    });
    request.on('upgrade', (_, socket, head) => {
      if (head.length > 0) socket.unshift(head);
      resolve(socket);
    });
    request.on('response', (response) => {
      response.destroy();
      refuse(`answers ${response.statusCode}`);
    });
    request.on('error', (error) => refuse(`cannot be reached: ${error.message}`));
  });
}

/** A frame from client to server, which the protocol wants masked. */
function encodeFrame(opcode: number, payload: Buffer): Buffer {
  const extended = payload.length < 126 ? 0 : payload.length < 65_536 ? 2 : 8;
  const head = Buffer.alloc(2 + extended + 4);
  head[0] = 0x80 | opcode;
  head[1] = 0x80 | (extended === 0 ? payload.length : extended === 2 ? 126 : 127);
  if (extended === 2) head.writeUInt16BE(payload.length, 2);
  if (extended === 8) head.writeBigUInt64BE(BigInt(payload.length), 2);
  // The mask guards old proxies against hostile scripts. There is neither here, so it may be all zeros.
  return Buffer.concat([head, payload]);
}

/** Joins fragments into messages, answers pings, ends with the peer. */
function readFrames(socket: Duplex, onText: (text: string) => void): void {
  let chunks: Buffer[] = [];
  let buffered = 0;
  let wanted = 2;
  let fragments: Buffer[] = [];
  socket.on('data', (chunk: Buffer) => {
    chunks.push(chunk);
    buffered += chunk.length;
    // A profile comes as one frame of megabytes: its chunks are joined only when they are all there.
    while (buffered >= wanted) {
      const bytes = Buffer.concat(chunks);
      const frame = decodeFrame(bytes);
      if (typeof frame === 'number') {
        chunks = [bytes];
        wanted = frame;
        continue;
      }
      chunks = [bytes.subarray(frame.length)];
      buffered -= frame.length;
      wanted = 2;
      if (frame.opcode === 0x8) socket.destroy();
      else if (frame.opcode === 0x9) socket.write(encodeFrame(0xa, frame.payload));
      else if (frame.opcode < 0x8) {
        fragments.push(frame.payload);
        if (!frame.isLast) continue;
        const text = Buffer.concat(fragments).toString('utf8');
        fragments = [];
        onText(text);
      }
    }
  });
}

interface WebSocketFrame {
  readonly opcode: number;
  readonly isLast: boolean;
  readonly payload: Buffer;
  /** Bytes of the whole frame. */
  readonly length: number;
}

/** The frame at the start of `bytes`, or how many bytes are needed to tell more. */
function decodeFrame(bytes: Buffer): WebSocketFrame | number {
  const [first = 0, second = 0] = bytes;
  const short = second & 0x7f;
  const headLength = short === 127 ? 10 : short === 126 ? 4 : 2;
  if (bytes.length < headLength) return headLength;
  const size = short === 127 ? Number(bytes.readBigUInt64BE(2)) : short === 126 ? bytes.readUInt16BE(2) : short;
  const length = headLength + size;
  if (bytes.length < length) return length;
  return { opcode: first & 0xf, isLast: (first & 0x80) !== 0, payload: bytes.subarray(headLength, length), length };
}
