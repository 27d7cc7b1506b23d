/** The bytes are not protocol version 3, or not in a state that the tap follows. */
export class WireError extends Error {}

/** Receives the messages of one direction of one connection. */
export interface MessageHandler {
  /** A message begins; returns how many bytes of its body {@link MessageHandler.end} wants to see. */
  begin(type: string, bodyLength: number): number;
  /** The next piece of a body, as it arrived. */
  piece(type: string, bytes: Buffer): void;
  /** The message is complete; `head` is the beginning of its body, valid only during the call. */
  end(type: string, head: Buffer, bodyLength: number): void;
}

/** PostgreSQL itself allocates no more than this for one message. */
const maxBodyLength = 0x3fffffff;

const nothing = Buffer.alloc(0);

/**
 * Cuts a byte stream into messages: a type byte, an int32 length that includes itself, a body.
 *
 * Bodies are not gathered beyond what the handler asks for, so memory stays flat however large a row is.
 *
 * Format: https://www.postgresql.org/docs/current/protocol-message-formats.html
 */
export function createMessageReader(handler: MessageHandler): (chunk: Buffer) => void {
  const header = Buffer.alloc(5);
  let headerLength = 0;
  let type = '';
  let bodyLength = 0;
  let seen = 0;
  let wanted = 0;
  let gathered: Buffer[] = [];

  const beginMessage = (bytes: Buffer, position: number): void => {
    type = String.fromCharCode(bytes.readUInt8(position));
    bodyLength = bytes.readInt32BE(position + 1) - 4;
    if (bodyLength < 0 || bodyLength > maxBodyLength) throw new WireError(`length of message ${type}`);
    seen = 0;
    gathered = [];
    wanted = Math.min(bodyLength, handler.begin(type, bodyLength));
  };

  const takeBody = (chunk: Buffer, from: number): number => {
    const piece = chunk.subarray(from, from + bodyLength - seen);
    if (seen < wanted) gathered.push(Buffer.from(piece.subarray(0, wanted - seen)));
    if (piece.length > 0) handler.piece(type, piece);
    seen += piece.length;
    return from + piece.length;
  };

  return (chunk) => {
    for (let position = 0; position < chunk.length; ) {
      if (headerLength === 0 && chunk.length - position >= 5) {
        beginMessage(chunk, position);
        headerLength = 5;
        position += 5;
      } else if (headerLength < 5) {
        const copied = chunk.copy(header, headerLength, position, position + 5 - headerLength);
        headerLength += copied;
        position += copied;
        if (headerLength < 5) return;
        beginMessage(header, 0);
      }
      if (seen === 0 && chunk.length - position >= bodyLength) {
        // The usual case, without a copy: the whole body is at hand.
        const body = chunk.subarray(position, position + bodyLength);
        if (bodyLength > 0) handler.piece(type, body);
        handler.end(type, wanted === bodyLength ? body : body.subarray(0, wanted), bodyLength);
        position += bodyLength;
        headerLength = 0;
        continue;
      }
      position = takeBody(chunk, position);
      if (seen === bodyLength) {
        handler.end(type, gathered.length === 0 ? nothing : Buffer.concat(gathered), bodyLength);
        gathered = [];
        headerLength = 0;
      }
    }
  };
}
