/** Importing this registers the recording rule of every kernel the tracing backend knows. */
import './elementwise.js';
import './matmul.js';
import './reduce.js';
import './shape.js';
