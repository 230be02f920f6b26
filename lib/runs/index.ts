export { currentCell, Interrupted, stopSignal } from './cell.js';
export { inNotebook, type MimeBundle, openDisplay, showBundle, showPng } from './display.js';
export { readJson, sha256, writeJson, writeWhole } from './files.js';
export { type Interval, inPercent, type Measured, written } from './measured.js';
export { projectPath, runsPath } from './paths.js';
export { duration, type Progress, progress } from './progress.js';
export { type PaperNumbers, paperNumbers } from './published.js';
export { hashOfConfig, type RunRecord, readRunRecord, runRecord, writeRunRecord } from './record.js';
export { readSafetensors, writeSafetensors } from './safetensors.js';
