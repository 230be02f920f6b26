/** What sends one message at a time, such as a publisher of zeromq. */
export interface Sender<Message> {
  /** @throws while it cannot take one: before an earlier one has gone */
  send(message: Message): Promise<unknown>;
}

/**
 * Sends messages in their order and loses none. A socket of zeromq takes five hundred in one turn of the event loop and then
 * throws until the next, while a cell prints on.
 */
export function sendInOrder<Message>(socket: Sender<Message>): (message: Message) => void {
  const waiting: Message[] = [];
  let last: Promise<unknown> = Promise.resolve();
  let draining = false;
  const drain = async () => {
    draining = true;
    await last.catch(() => undefined);
    while (waiting.length > 0) for (const message of waiting.splice(0)) await socket.send(message);
    draining = false;
  };
  return (message) => {
    if (!draining) {
      try {
        last = socket.send(message);
        return;
      } catch {
        void drain();
      }
    }
    waiting.push(message);
  };
}
