// Compares our engine with PyTorch, interleaved; see README.md beside this file.
//   node bench/run.mjs [--only vit,dit-train,...] [--rounds 9] [--engines ours,eager,compiled,eager-plain]
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { parseArgs } from 'node:util';
import { chooseCases } from './cases.mjs';
import { engines, hasTorch, peerEnv } from './engines.mjs';
import { commit, machine } from './machine.mjs';
import { measure } from './measure.mjs';
import { table } from './table.mjs';

const { values } = parseArgs({
  options: {
    only: { type: 'string', default: '' },
    rounds: { type: 'string', default: '9' },
    engines: { type: 'string', default: 'ours,eager,compiled' },
    out: { type: 'string', default: new URL('./results.json', import.meta.url).pathname },
  },
});
const list = (text) => text.split(',').filter(Boolean);
const peers = hasTorch();
if (!peers) console.log('No PyTorch found: only our engine runs. SYNCLR_PYTHON names a Python that has it.');
const names = list(values.engines).filter((name) => name === 'ours' || peers);
for (const name of names)
  if (!engines[name]) throw new Error(`no engine "${name}": ${Object.keys(engines).join(', ')}`);

const results = existsSync(values.out) ? JSON.parse(readFileSync(values.out, 'utf8')) : { cases: {} };
for (const one of chooseCases(list(values.only))) {
  const result = await measure(one, {
    names: one.mode === 'gemm' ? names.filter((name) => name !== 'compiled') : names,
    rounds: Number(values.rounds),
    report: (line) => console.log(line),
  });
  const about = { date: new Date().toISOString().slice(0, 10), commit: commit(), machine: machine() };
  results.cases[one.name] = { ...about, ...result, peer: peers ? peerOf(result) : 'none' };
  writeFileSync(values.out, `${JSON.stringify(results, null, 2)}\n`);
  console.log(table(result));
  if (result.othersShare > 0.03)
    console.log(`Not quiet: others used ${(result.othersShare * 100).toFixed(0)} % of the processor.`);
}

/** Version, libraries and settings of the peer. */
function peerOf({ peer }) {
  const { LD_PRELOAD, TORCHINDUCTOR_CACHE_DIR, ...env } = peerEnv();
  return { ...peer, env, mklOnAmd: Boolean(LD_PRELOAD) };
}
