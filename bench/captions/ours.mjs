// One turn of our engine, in a process of its own: node ours.mjs '{"gguf":…,"sequences":32,"threads":2,"count":96}'
import { timeCaptions } from './complete.mjs';
import { countTokens } from './tokens.mjs';

const { perSecond, device, captions } = await timeCaptions(JSON.parse(process.argv[2]));
const tokens = await countTokens(JSON.parse(process.argv[2]).gguf, captions);
console.log(
  JSON.stringify({ perSecond, device, ...tokens, peakMB: Math.round(process.resourceUsage().maxRSS / 1024) }),
);
process.exit(0);
