/** TensorFlow.js as far as the playground uses it: gradients, and the plain backend. */
import '@tensorflow/tfjs-core/dist/register_all_gradients';
import '@tensorflow/tfjs-backend-cpu';
