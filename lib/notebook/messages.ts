import { createHmac, randomUUID } from 'node:crypto';

/** A Jupyter message, protocol 5.3 (jupyter-client.readthedocs.io, "Messaging in Jupyter"). */
export interface JupyterMessage {
  id: string;
  type: string;
  /** id of the request that this message answers; undefined for messages that answer nothing */
  parentId?: string;
  content: Record<string, unknown>;
}

const delimiter = '<IDS|MSG>';

/** Hex HMAC-SHA256 over the four JSON parts. */
function sign(key: string, parts: Uint8Array[]): string {
  const hmac = createHmac('sha256', key);
  for (const part of parts) hmac.update(part);
  return hmac.digest('hex');
}

/** A request as ZeroMQ frames: delimiter, signature, header, parent header, metadata, content. */
export function encodeRequest(
  type: string,
  content: Record<string, unknown>,
  { key, session }: { key: string; session: string },
): { id: string; frames: (string | Uint8Array)[] } {
  const id = randomUUID();
  const header = {
    msg_id: id,
    msg_type: type,
    session,
    username: 'synclr',
    date: new Date().toISOString(),
    version: '5.3',
  };
  const parts = [header, {}, {}, content].map((part) => Buffer.from(JSON.stringify(part)));
  return { id, frames: [delimiter, sign(key, parts), ...parts] };
}

/** Reads frames. Throws when the delimiter is missing or the signature is wrong. */
export function decodeMessage(frames: Uint8Array[], { key }: { key: string }): JupyterMessage {
  const at = frames.findIndex((frame) => Buffer.from(frame).toString('latin1') === delimiter);
  if (at < 0 || frames.length < at + 6) throw new Error('A Jupyter message without its delimiter or its parts.');
  const parts = frames.slice(at + 2, at + 6);
  if (Buffer.from(frames[at + 1]).toString() !== sign(key, parts)) {
    throw new Error('A Jupyter message with a wrong signature.');
  }
  const [header, parent, , content] = parts.map((part) => JSON.parse(Buffer.from(part).toString('utf8')));
  return { id: header.msg_id, type: header.msg_type, parentId: parent.msg_id, content };
}
