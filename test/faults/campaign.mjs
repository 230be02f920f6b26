// npm run faults: damages files, kills runs, fills disks and closes pipes, and looks whether anything goes wrong silently.
// Linux; some minutes. Exit code 1 on any finding, each of which names what reproduces it.
import { parseArgs } from 'node:util';
import { formats } from './formats.mjs';
import { killStage, stages } from './kills.mjs';
import { mutateFormat } from './mutations.mjs';
import { surroundings } from './surroundings.mjs';

const { values } = parseArgs({
  options: {
    seed: { type: 'string' },
    only: { type: 'string' },
    kills: { type: 'string', default: '10' },
    mutations: { type: 'string', default: '300' },
    from: { type: 'string', default: '0' },
    help: { type: 'boolean', default: false },
  },
});
const names = { mutations: Object.keys(formats), kills: Object.keys(stages), surroundings: Object.keys(surroundings) };
if (values.help) {
  process.stdout.write(
    `npm run faults -- [--seed N] [--only mutations|kills|surroundings|NAME,…] [--kills N] [--mutations N] [--from N]\n${Object.entries(
      names,
    )
      .map(([kind, all]) => `  ${kind}: ${all.join(', ')}\n`)
      .join('')}`,
  );
  process.exit();
}
const seed = Number(values.seed ?? Math.floor(2 ** 31 * Math.random()));
const [kills, count, from] = [values.kills, values.mutations, values.from].map(Number);
const only = values.only?.split(',');
const chosen = (kind) => names[kind].filter((name) => !only || only.includes(kind) || only.includes(name));
const unknown =
  only?.filter((word) => !Object.hasOwn(names, word) && !Object.values(names).flat().includes(word)) ?? [];
if (unknown.length > 0 || ![seed, kills, count, from].every((n) => Number.isInteger(n) && n >= 0)) {
  process.stderr.write(`unknown: ${unknown.join(', ') || 'a number that is none'}; see --help\n`);
  process.exit(2);
}

const findings = [];
const say = (text) => process.stdout.write(`${text}\n`);
const note = (name, counts, found) => {
  findings.push(...found);
  const told = Object.entries(counts).map(([what, n]) => `${n} ${what}`);
  say(`${name.padEnd(20)} ${told.join(', ')}${found.length > 0 ? `   ${found.length} FOUND` : ''}`);
  for (const one of found) say(`  ${one.replaceAll('\n', '\n    ')}`);
};

say(`seed ${seed}`);
const module = new URL('./formats.mjs', import.meta.url).href;
for (const name of chosen('mutations')) {
  const { counts, findings: found } = await mutateFormat(module, name, { seed, count, from });
  note(name, counts, found);
}
for (const name of chosen('surroundings')) note(name, {}, await surroundings[name]());
for (const name of chosen('kills')) {
  const { counts, findings: found } = await killStage(name, { seed, kills });
  note(name, counts, found);
}
say(`${findings.length} findings; again with --seed ${seed}`);
process.exitCode = findings.length > 0 ? 1 : 0;
