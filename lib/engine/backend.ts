import { tf } from './tf.js';

/** Runs `body` on a TensorFlow.js backend that is ready, and leaves the one before in its place. */
export function onBackend<T>(name: string, body: () => T): T {
  // Asking for it puts TensorFlow.js's own choice in place where nothing has been computed yet.
  if (!tf.getBackend()) tf.backend();
  const before = tf.getBackend();
  // With a backend that needs no waiting the switch itself is immediate.
  if (before !== name) tf.setBackend(name);
  try {
    return body();
  } finally {
    if (before !== name) tf.setBackend(before);
  }
}
