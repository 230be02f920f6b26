import { tf } from './tf.js';

/** The backend in place; where nothing has been computed yet, TensorFlow.js chooses it now. */
export function currentBackend(): string {
  if (!tf.getBackend()) tf.backend();
  return tf.getBackend();
}

/** Runs `body` on a TensorFlow.js backend that is ready, and leaves the one before in its place. */
export function onBackend<T>(name: string, body: () => T): T {
  const before = currentBackend();
  // With a backend that needs no waiting the switch itself is immediate.
  if (before !== name) tf.setBackend(name);
  try {
    return body();
  } finally {
    if (before !== name) tf.setBackend(before);
  }
}
