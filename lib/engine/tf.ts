/**
 * TensorFlow.js as this library uses it. Import `tf` from here only, so that there is one copy of it in the process.
 * `@tensorflow/tfjs` is loaded for its side effects: it registers the gradients and the `cpu` backend, the oracle of
 * every test (tfjs-core's own list of gradients cannot be imported by Node).
 */
import '@tensorflow/tfjs';
import * as tf from '@tensorflow/tfjs-core';

// Only silences TensorFlow.js's warnings, among them the banner that asks for the native package.
tf.env().set('PROD', true);

export { tf };
