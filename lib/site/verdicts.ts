import type { Metric } from '../experiments/experiment.js';
import { METRIC_NAMES } from '../experiments/statistics/figureData.js';
import { type JudgedExperiment, judgeTier } from '../experiments/statistics/judgeExperiment.js';
import { claimTable } from '../experiments/statistics/tables.js';
import { escapeHtml } from '../notebook/html.js';
import { scrolling, slugOf } from './markdown.js';

/** The tables and figures with claims, as notebook 00 judges them. */
const JUDGED = ['figure1', 'table2', 'table3', 'table4', 'table5', 'table10', 'scaling'];

const VERDICTS = ['yes', 'no', 'undecided', 'not run'] as const;

export const judgedClaims = (): JudgedExperiment[] => JUDGED.map((id) => judgeTier(id, 'laptop'));

export function countVerdicts(judged: readonly JudgedExperiment[]): Record<(typeof VERDICTS)[number], number> {
  const all = judged.flatMap(({ judgements }) => judgements);
  const count = (wanted: string) => all.filter(({ verdict }) => verdict === wanted).length;
  return { yes: count('yes'), no: count('no'), undecided: count('undecided'), 'not run': count('not run') };
}

/** A row an experiment, a mark a claim: what the records say of it. */
export function verdictsHtml(judged: readonly JudgedExperiment[]): string {
  const rows = judged.map(({ experiment, settings, judgements }) => {
    const ordered = [...judgements].sort((a, b) => VERDICTS.indexOf(a.verdict) - VERDICTS.indexOf(b.verdict));
    const marks = ordered.map(({ claim, verdict }) => {
      const says = escapeHtml(`${claim.says}: ${verdict}`);
      return `<li class="${verdict.replace(' ', '-')}" title="${says}"><span>${says}</span></li>`;
    });
    const name = `<a href="records.html#${slugOf(experiment.artefact)}">${escapeHtml(experiment.artefact)}</a>`;
    return `<tr><th scope="row">${name}</th><td><ul class="marks">${marks.join('')}</ul></td><td>${settings.trainingSteps} steps</td></tr>`;
  });
  return `<table class="verdicts"><tbody>${rows.join('\n')}</tbody></table>`;
}

/** All claims with their verdicts, all rows with their scores, and every score's run records. */
export function recordsHtml(judged: readonly JudgedExperiment[], recordLink: (record: string) => string): string {
  return judged.map((one) => experimentHtml(one, recordLink)).join('\n');
}

function experimentHtml(judged: JudgedExperiment, recordLink: (record: string) => string): string {
  const { experiment, settings, rows } = judged;
  const id = slugOf(experiment.artefact);
  const claims = claimTable(judged);
  const columns = Object.keys(claims[0] ?? {});
  const metrics = experiment.metrics;
  const scores = rows.map(({ label, paper, ours }) => {
    const cells = metrics.map((metric) => scoreHtml(metric, { paper, ours }, recordLink));
    return `<tr><th scope="row">${escapeHtml(label)}</th>${cells.join('')}</tr>`;
  });
  const heads = metrics.map((metric) => `<th>${escapeHtml(METRIC_NAMES[metric].ours)}</th>`).join('');
  return `<h2 id="${id}">${escapeHtml(experiment.artefact)} <a class="anchor" href="#${id}" aria-label="Link to this section">#</a></h2>
<p>${escapeHtml(experiment.question)} ${settings.trainingSteps} steps of training.</p>
${scrolling(
  `<table><thead><tr>${columns.map((name) => `<th>${escapeHtml(name)}</th>`).join('')}</tr></thead><tbody>${claims
    .map((claim) => `<tr>${columns.map((name) => `<td>${escapeHtml(claim[name])}</td>`).join('')}</tr>`)
    .join('\n')}</tbody></table>`,
)}
<details><summary>The rows: ours with its 95 % interval, the records of its runs, and the paper’s</summary>
${scrolling(`<table><thead><tr><th>row</th>${heads}</tr></thead><tbody>${scores.join('\n')}</tbody></table>`)}
</details>`;
}

function scoreHtml(
  metric: Metric,
  { paper, ours }: Pick<JudgedExperiment['rows'][number], 'paper' | 'ours'>,
  recordLink: (record: string) => string,
): string {
  const score = ours[metric];
  const theirs = paper[metric] === undefined ? '' : ` <small>paper ${paper[metric]}</small>`;
  if (!score) return `<td>not run${theirs}</td>`;
  const runs = score.runs.map(({ record = '', seed }) => `<a href="${recordLink(record)}">seed ${seed}</a>`);
  const numbers = `${score.value.toFixed(1)} [${score.low.toFixed(1)}, ${score.high.toFixed(1)}]`;
  return `<td>${numbers} <small>${runs.join(' ')}</small>${theirs}</td>`;
}
