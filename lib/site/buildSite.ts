import { cpSync, mkdirSync, readFileSync, rmSync } from 'node:fs';
import { createRequire } from 'node:module';
import path from 'node:path';
import { writeWhole } from '../runs/files.js';
import { projectPath } from '../runs/paths.js';
import { writeBundle } from './bundle.js';
import { DOCUMENTS, notebookChapters } from './chapters.js';
import { citeHtml } from './cite.js';
import { coverHtml } from './cover.js';
import { notebookNames } from './hover.js';
import { siteLinks } from './links.js';
import { pageMarkdown } from './markdown.js';
import { notebookPage } from './notebookPage.js';
import { type Contents, type Page, pageHtml } from './page.js';
import { sitePictures } from './pictures.js';
import { playgroundPage, writePlayground } from './playground.js';
import { writeReference } from './reference.js';
import { searchScript } from './search.js';
import { judgedClaims, recordsHtml } from './verdicts.js';

/** The rooms that the reference is made of. */
const ROOMS = [
  'captions',
  'data',
  'diffusion',
  'engine',
  'evaluate',
  'experiments',
  'figures',
  'nn',
  'notebook',
  'pictures',
  'random',
  'runs',
  'synclr',
  'tiers',
];

const RUNS = 'files/paper-repro/results/laptop/runs';

/**
 * Writes the site: the book made of the executed notebooks, the reference made of the docstrings, and the playground.
 * @param say told what is being made
 */
export async function buildSite(out: string, say: (line: string) => void = () => {}): Promise<void> {
  rmSync(out, { recursive: true, force: true });
  mkdirSync(out, { recursive: true });
  const chapters = notebookChapters();
  const links = siteLinks([...chapters, ...DOCUMENTS]);
  const pictures = sitePictures(out);

  say('the reference');
  const reference = await writeReference(out, ROOMS);
  say('the notebooks');
  const names = notebookNames(chapters, reference);
  const notebooks = chapters.map((chapter) => notebookPage(chapter, { links, pictures, names }));
  const documents = DOCUMENTS.map(({ name, title, file }): Page => {
    const { headings, markdown } = pageMarkdown(file, links);
    const body = markdown(readFileSync(projectPath(file), 'utf8'));
    return { name, title, description: title, body, headings };
  });
  const judged = judgedClaims();
  const pages: Page[] = [
    {
      name: 'index',
      title: 'Learning to see without a camera',
      description: 'SynCLR and StableRep rebuilt in TypeScript notebooks: what holds, what does not, and a playground.',
      body: coverHtml(judged, { chapters, pictures }),
    },
    ...notebooks,
    playgroundPage(),
    {
      name: 'records',
      title: 'Every number’s record',
      description: 'The paper’s claims, the verdicts, and the run records behind every number.',
      body: `<h1>Every number’s record</h1>\n${recordsHtml(judged, (record) => `${RUNS}/${record}`)}`,
    },
    ...documents,
    {
      name: 'cite',
      title: 'How to cite',
      description: 'How to cite the paper and this reproduction.',
      body: citeHtml(),
    },
  ];
  const contents: Contents = [
    { part: 'The book', entries: [{ name: 'index', title: 'Cover' }, ...chapters] },
    { part: 'Try it', entries: [{ name: 'playground', title: 'The playground' }] },
    {
      part: 'Behind it',
      entries: [
        { name: 'records', title: 'Every number’s record' },
        ...DOCUMENTS,
        { name: 'cite', title: 'How to cite' },
        { name: 'api/index', title: 'Reference of the library' },
      ],
    },
  ];
  for (const page of pages) writeWhole(path.join(out, `${page.name}.html`), pageHtml(page, contents));
  writeWhole(path.join(out, 'assets', 'search.js'), searchScript(pages));
  writeWhole(path.join(out, '.nojekyll'), '');

  say('the playground and the scripts');
  writeAssets(out);
  await writeBundle('book', out);
  await writePlayground(out);
  await pictures.finish();
  for (const file of links.copied) copy(file, out);
  for (const name of pictures.figures) copy(`figures/${name}.json`, out);
  copy('paper-repro/results', out);
}

function copy(file: string, out: string): void {
  cpSync(projectPath(file), path.join(out, 'files', file), { recursive: true });
}

function writeAssets(out: string): void {
  const require = createRequire(import.meta.url);
  const from = (file: string, to: string) => cpSync(file, path.join(out, 'assets', to));
  const fontFile = (style: string) =>
    require.resolve(`@fontsource-variable/source-serif-4/files/source-serif-4-latin-wght-${style}.woff2`);
  for (const style of ['normal', 'italic']) from(fontFile(style), `serif-${style}.woff2`);
  from(require.resolve('plotly.js-basic-dist-min'), 'plotly.js');
  from(require.resolve('@fontsource/noto-sans-math/files/noto-sans-math-latin-400-normal.woff2'), 'formulas.woff2');
  from(require.resolve('temml/dist/Temml.woff2'), 'Temml.woff2');
  // The fonts' licences (SIL OFL 1.1; Temml's MIT) lie beside them, as they ask.
  for (const name of ['@fontsource-variable/source-serif-4', '@fontsource/noto-sans-math', 'temml'])
    from(require.resolve(`${name}/LICENSE`), `LICENSE-${name.replace(/^.*\//, '')}.txt`);
  const maths = readFileSync(require.resolve('temml/dist/Temml-Local.css'), 'utf8');
  const book = readFileSync(projectPath('lib', 'site', 'book.css'), 'utf8');
  writeWhole(path.join(out, 'assets', 'book.css'), `${maths}\n${book}`);
  from(projectPath('lib', 'site', 'icon.svg'), 'icon.svg');
}
