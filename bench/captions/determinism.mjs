// What sequences and threads do to captions: the share of the first COUNT that are the same as with one sequence and
// one thread. npm run build, then: node bench/captions/determinism.mjs --gguf MODEL.gguf [--count 96]
import { parseArgs } from 'node:util';
import { completeFirst } from './complete.mjs';

const { values } = parseArgs({
  options: {
    gguf: { type: 'string', default: process.env.SYNCLR_GGUF },
    count: { type: 'string', default: '96' },
    settings: { type: 'string', default: '1x1,1x1,1x2,2x1,8x1,8x1,32x1,32x1,32x2,32x2' },
  },
});
const count = Number(values.count);
const earlier = {};
let first;
console.log('sequences × threads: same as the first line; same as the line of this setting before');
for (const setting of values.settings.split(',')) {
  const [sequences, threads] = setting.split('x').map(Number);
  const captions = await completeFirst({ gguf: values.gguf, count, sequences, threads });
  first ??= captions;
  const same = (other) => (other ? `${captions.filter((caption, i) => caption === other[i]).length} of ${count}` : '–');
  console.log(`${sequences} × ${threads}: ${same(first)}; ${same(earlier[setting])}`);
  earlier[setting] = captions;
}
process.exit(0);
