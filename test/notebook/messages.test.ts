import { createHmac } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { decodeMessage, encodeMessage } from '../../lib/notebook/messages.js';

const auth = { key: 'secret', session: 's1' };
const bytes = (frames: (string | Uint8Array)[]) => frames.map((frame) => Buffer.from(frame as Uint8Array));

describe('Jupyter messages', () => {
  it('signs header, parent, metadata and content', () => {
    const frames = bytes(encodeMessage('execute_request', { code: '1' }, auth).frames);
    expect(frames[0].toString()).toBe('<IDS|MSG>');
    const expected = createHmac('sha256', 'secret')
      .update(Buffer.concat(frames.slice(2)))
      .digest('hex');
    expect(frames[1].toString()).toBe(expected);
  });

  it('reads its own message, whatever routing frames precede it', () => {
    const { id, frames } = encodeMessage('kernel_info_request', { a: [1] }, auth);
    const message = decodeMessage([Buffer.from('route'), ...bytes(frames)], auth);
    expect(message).toMatchObject({ id, type: 'kernel_info_request', parentId: undefined, content: { a: [1] } });
  });

  it('refuses a changed message, a wrong key and a missing delimiter', () => {
    const frames = bytes(encodeMessage('execute_request', { code: '1' }, auth).frames);
    expect(() => decodeMessage(frames, { key: 'other' })).toThrow(/signature/);
    expect(() => decodeMessage([...frames.slice(0, 5), Buffer.from('{"code":"2"}')], auth)).toThrow(/signature/);
    expect(() => decodeMessage(frames.slice(1), auth)).toThrow(/delimiter/);
  });
});
