import { readFileSync } from 'node:fs';
import type { JudgedExperiment } from '../experiments/statistics/judgeExperiment.js';
import { escapeHtml } from '../notebook/html.js';
import { projectPath } from '../runs/paths.js';
import type { NotebookChapter } from './chapters.js';
import { plainText } from './markdown.js';
import type { SitePictures } from './pictures.js';
import { countVerdicts, verdictsHtml } from './verdicts.js';

/** The first page: the question, the pictures, what came out, and where to go on. */
export function coverHtml(
  judged: readonly JudgedExperiment[],
  { chapters, pictures }: { chapters: readonly NotebookChapter[]; pictures: SitePictures },
): string {
  const counts = countVerdicts(judged);
  const total = Object.values(counts).reduce((sum, count) => sum + count, 0);
  const samples = pictures.img(readFileSync(projectPath('figures', 'fig4-samples.png')), {
    alt: 'Six captions of the language model, and four pictures of each by the generator',
  });
  const lines = chapters.map(({ name, title, notebook }) => {
    const question = /^\*\*(.+?)\*\*$/m.exec(notebook.cells[0].source)?.[1] ?? '';
    return `<li><a href="${name}.html">${escapeHtml(title)}</a><p>${escapeHtml(plainText(question))}</p></li>`;
  });
  return `<p class="over">A reproduction, in TypeScript notebooks</p>
<h1>Learning to see without a camera</h1>
<p class="lead">A language model writes captions, a diffusion model paints them, and an encoder learns to see from the paintings alone. This book rebuilds <a href="https://arxiv.org/abs/2312.17742">SynCLR</a> (Tian et al.) and its parent <a href="https://arxiv.org/abs/2306.00984">StableRep</a> in a world small enough for two processor cores, where every step can be looked at, and where a claim can turn out wrong.</p>
<p class="start"><a class="button" href="00-overview.html">Start reading</a> <a class="button quiet" href="playground.html">Try the models in your browser</a></p>
<figure class="cover">${samples}<figcaption>Captions by the language model, pictures by the generator that chapter 2 takes apart.</figcaption></figure>
<h2 id="verdicts">What the paper says, and what came out here</h2>
<p>Of the paper’s <strong>${total} claims</strong> about its ablations, <strong class="yes">${counts.yes} hold</strong> in our world, <strong class="no">${counts.no} do not</strong>, and <strong class="undecided">${counts.undecided} stay undecided</strong>: the 95 % interval over test images and seeds reaches across zero. Each mark below is a claim; its line leads to the numbers and their run records.</p>
${verdictsHtml(judged)}
<p class="key"><span class="yes">holds</span> <span class="no">does not</span> <span class="undecided">undecided</span> <a href="records.html">All claims with their numbers</a> · <a href="reproducibility.html">every figure and table beside the paper’s</a></p>
<h2 id="chapters">The chapters</h2>
<ol class="chapters">
${lines.join('\n')}
</ol>
<h2 id="run">Run it yourself</h2>
<p>Node 20 or newer is all it needs; the pages here are the notebooks as that command leaves them.</p>
<div class="code"><pre tabindex="0"><code>npm ci &amp;&amp; npm run reproduce</code></pre><button class="copy" type="button">Copy</button></div>`;
}
