import path from 'node:path';
import { Application, Renderer } from 'typedoc';
import { projectPath } from '../runs/paths.js';

/** Writes the reference of all rooms below `api/`, from their docstrings. @returns where a name is explained */
export async function writeReference(
  out: string,
  rooms: readonly string[],
): Promise<(name: string) => string | undefined> {
  const app = await Application.bootstrap({
    entryPoints: rooms.map((room) => projectPath('lib', room, 'index.ts')),
    tsconfig: projectPath('lib', 'tsconfig.json'),
    name: 'SynCLR: the library',
    readme: 'none',
    skipErrorChecking: true,
    excludeExternals: true,
    excludePrivate: true,
    disableSources: true,
    disableGit: true,
    githubPages: false,
    hideGenerator: true,
    logLevel: 'Error',
    navigationLinks: { 'The book': '../index.html' },
    validation: false,
  });
  const project = await app.convert();
  if (!project) throw new Error('typedoc could not read the library: run `npm run build` first.');
  const places = new Map<string, string>();
  app.renderer.on(Renderer.EVENT_END, ({ pages }) => {
    for (const { url, model } of pages) {
      const name = (model as { name?: string }).name ?? '';
      if (!places.has(name)) places.set(name, `api/${url}`);
    }
  });
  await app.generateDocs(project, path.join(out, 'api'));
  return (name) => places.get(name);
}
