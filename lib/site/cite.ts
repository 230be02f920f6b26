import { readFileSync } from 'node:fs';
import { escapeHtml } from '../notebook/html.js';
import { projectPath } from '../runs/paths.js';
import { codeBlock } from './markdown.js';

/** What CITATION.cff says, for people. */
export function citeHtml(): string {
  const cff = readFileSync(projectPath('CITATION.cff'), 'utf8');
  const field = (name: string, text: string) => new RegExp(`^ *${name}: "?(.+?)"?$`, 'm').exec(text)?.[1] ?? '';
  const [own, paper] = cff.split('preferred-citation:');
  const authors = [...paper.matchAll(/family-names: (.+)\n\s+given-names: (.+)/g)].map(
    ([, family, given]) => `${family}, ${given}`,
  );
  const entry = `@inproceedings{synclr,
  title = {${field('title', paper)}},
  author = {${authors.join(' and ')}},
  booktitle = {${field('collection-title', paper)}},
  year = {${field('year', paper)}},
  url = {${field('url', paper)}}
}

@software{synclr_notebooks,
  title = {${field('title', own)}},
  author = {{${field('name', own.replace(/^.*?authors:/s, '').replace('- name', 'name'))}}},
  version = {${field('version', own)}},
  license = {${field('license', own)}}
}`;
  return `<h1>How to cite</h1>
<p>${escapeHtml(field('message', own))}</p>
${codeBlock(escapeHtml(entry))}`;
}
