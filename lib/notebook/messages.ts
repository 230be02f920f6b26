import { createHmac, randomUUID } from 'node:crypto';

/** A Jupyter message, protocol 5.3 (jupyter-client.readthedocs.io, "Messaging in Jupyter"). */
export interface JupyterMessage {
  id: string;
  type: string;
  /** id of the request that this message answers; undefined for messages that answer nothing */
  parentId?: string;
  content: Record<string, unknown>;
  /** the header as it came: what an answer names as its parent */
  header: Record<string, unknown>;
  /** who is to be answered: ZeroMQ's frames before the message */
  identities: Uint8Array[];
}

/** The key that signs every message, and who writes them. */
export interface Author {
  key: string;
  session: string;
}

const delimiter = '<IDS|MSG>';

/** Hex HMAC-SHA256 over the four JSON parts. */
function sign(key: string, parts: Uint8Array[]): string {
  const hmac = createHmac('sha256', key);
  for (const part of parts) hmac.update(part);
  return hmac.digest('hex');
}

/** A message as ZeroMQ frames: who gets it, delimiter, signature, header, parent header, metadata, content. */
export function encodeMessage(
  type: string,
  content: Record<string, unknown>,
  { key, session }: Author,
  { parent, identities = [] }: { parent?: JupyterMessage; identities?: Uint8Array[] } = {},
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
  const parts = [header, parent?.header ?? {}, {}, content].map((part) => Buffer.from(JSON.stringify(part)));
  return { id, frames: [...identities, delimiter, sign(key, parts), ...parts] };
}

/** Reads frames. Throws when the delimiter is missing or the signature is wrong. */
export function decodeMessage(frames: Uint8Array[], { key }: Pick<Author, 'key'>): JupyterMessage {
  const at = frames.findIndex((frame) => Buffer.from(frame).toString('latin1') === delimiter);
  if (at < 0 || frames.length < at + 6) throw new Error('A Jupyter message without its delimiter or its parts.');
  const parts = frames.slice(at + 2, at + 6);
  if (key && Buffer.from(frames[at + 1]).toString() !== sign(key, parts)) {
    throw new Error('A Jupyter message with a wrong signature.');
  }
  const [header, parent, , content] = parts.map((part) => JSON.parse(Buffer.from(part).toString('utf8')));
  const identities = frames.slice(0, at);
  return { id: header.msg_id, type: header.msg_type, parentId: parent.msg_id, content, header, identities };
}
