import path from 'node:path';
import { projectPath } from '../runs/paths.js';
import { duration } from '../runs/progress.js';
import { buildSite } from './buildSite.js';

/** `npm run site`: into `site/`, or the folder that is named. */
const out = path.resolve(process.argv[2] ?? projectPath('site'));
const start = Date.now();
await buildSite(out, (part) => console.log(`${part} …`));
console.log(`${out}: ${duration((Date.now() - start) / 1000)}`);
