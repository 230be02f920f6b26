/**
 * TensorFlow.js as this library uses it: tfjs-core with gradients registered and the `cpu` backend, which is the oracle
 * of every test. Import `tf` from here only, so that there is one copy of it in the process.
 */
import * as tf from '@tensorflow/tfjs-core';
import '@tensorflow/tfjs-core/dist/register_all_gradients.js';
import '@tensorflow/tfjs-backend-cpu';

// Only silences TensorFlow.js's warnings, among them the banner that asks for the native package.
tf.env().set('PROD', true);

export { tf };
