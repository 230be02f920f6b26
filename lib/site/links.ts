import { existsSync, statSync } from 'node:fs';
import path from 'node:path';
import { projectPath } from '../runs/paths.js';
import type { Chapter } from './chapters.js';

/**
 * Where a link of a file of the repository leads on the site: to the page made of what it names, or to a copy of it below
 * `files/`. Addresses elsewhere stay; what is a folder, or outside, has no place here.
 */
export function siteLinks(chapters: readonly Chapter[]) {
  const pages = new Map(chapters.map(({ file, name }) => [file, `${name}.html`]));
  const copied = new Set<string>();
  return {
    /** the files that links lead to */
    copied,
    /** @param from the file with the link */
    resolve(href: string, from: string): string | undefined {
      if (/^([a-z]+:|#|\/\/)/i.test(href)) return href;
      const [target, anchor] = href.split('#');
      const file = path.posix.normalize(path.posix.join(path.posix.dirname(from), decodeURI(target)));
      const page = pages.get(file) ?? pages.get(`${file.replace(/\/$/, '')}/README.md`);
      if (page) return anchor ? `${page}#${anchor}` : page;
      const full = projectPath(file);
      if (file.startsWith('..') || !existsSync(full) || statSync(full).isDirectory()) return undefined;
      copied.add(file);
      return `files/${encodeURI(file)}`;
    },
  };
}

export type SiteLinks = ReturnType<typeof siteLinks>;
