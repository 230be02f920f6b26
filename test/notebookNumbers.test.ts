import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { captionsOfSource, experimentSettings } from '../lib/experiments/index.js';
import { projectPath } from '../lib/runs/paths.js';
import { laptopStableRep, laptopSynclr } from '../lib/synclr/index.js';

/** Numbers in a notebook's prose that none of its cells prints, beside the records that they are of. */
const prose = (name: string) =>
  JSON.parse(readFileSync(projectPath('notebooks', `${name}.ipynb`), 'utf8'))
    .cells.filter(({ cell_type }: { cell_type: string }) => cell_type === 'markdown')
    .map(({ source }: { source: string[] }) => source.join(''))
    .join('\n');

interface Told {
  concept: string;
  of: number;
  right: number;
}

describe('numbers in prose', () => {
  it('02: what the judge reads of single concepts', () => {
    const file = projectPath('paper-repro', 'results', 'laptop', 'generator-judge.json');
    const { perfect, points } = JSON.parse(readFileSync(file, 'utf8')).metrics;
    const at = ({ byConcept }: { byConcept: Told[] }, name: string) =>
      byConcept.find(({ concept }) => concept === name)!;
    const [truth, painted] = [perfect.judge, points[0].judge];
    const text = prose('02-diffusion');
    const percent = ({ concept }: { concept: { share: number } }) => `${Math.round(100 * concept.share)} %`;
    expect(text).toContain(
      `it reads ${percent(painted)} in generated pictures and ${percent(truth)} in true scenes, and it knows a radio ` +
        `(${at(truth, 'radio').right} of ${at(truth, 'radio').of}) or a cat (${at(truth, 'cat').right} of ${at(truth, 'cat').of})`,
    );
    expect(text).toContain(
      `trains (${at(painted, 'train').right} of ${at(painted, 'train').of}, where ${at(truth, 'train').right} true ones are read)`,
    );
    expect(text).toContain(
      `telephones (${at(painted, 'telephone').right} of ${at(painted, 'telephone').of}, true ones all)`,
    );
    expect(at(truth, 'telephone').right).toBe(at(truth, 'telephone').of);
    expect(text).toContain(
      `headphones (${at(painted, 'headphones').right} of ${at(painted, 'headphones').of}, true ones ${at(truth, 'headphones').right})`,
    );
    expect(at(painted, 'rooster').right).toBe(0);
    expect(text).toContain(`roosters (none of ${at(painted, 'rooster').of}, true ones ${at(truth, 'rooster').right})`);
  });

  it('06: how many of the final captions leave the place open', async () => {
    const { base } = experimentSettings('laptop');
    const captions = await captionsOfSource('synthesised', { count: base.count, concepts: base.concepts });
    const open = captions.filter(({ background }) => !background).length / captions.length;
    expect(prose('06-ablations')).toContain(`Of the final captions, ${Math.round(100 * open)} % leave the place open`);
  });

  it('03: SynCLR’s temperature is lower', () => {
    expect(prose('03-training')).toContain("SynCLR's temperature is lower");
    expect(laptopSynclr.temperature).toBeLessThan(laptopStableRep.temperature);
  });
});
