/**
 * ONNX Runtime's own builds for Linux and macOS, from 1.29 on, report their use to Microsoft (models' names and hashes among
 * it), keep an identifier of the machine below the home folder, and leave an empty `mat-debug-*.log` in the folder for
 * temporary files, unless this variable is set before they start. Here nothing is reported but on request:
 * `ORT_DISABLE_TELEMETRY=0` leaves it to them.
 */
process.env.ORT_DISABLE_TELEMETRY ??= '1';
