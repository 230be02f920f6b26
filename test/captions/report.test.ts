import { describe, expect, it } from 'vitest';
import { nearDuplicates } from '../../lib/captions/nearDuplicates.js';
import { captionReport } from '../../lib/captions/report.js';
import { CAPTION_TEMPLATES } from '../../lib/captions/templates.js';
import { blank, records } from './eightCaptions.js';

describe('captionReport', () => {
  it('counts by hand', () => {
    const report = captionReport(records);
    expect(report.count).toBe(8);
    expect(report.templates).toEqual({ c: 5 / 8, 'c,bg': 2 / 8, 'c,rel': 1 / 8 });
    expect(report.sources).toEqual({ emoji: 7 / 8, other: 1 / 8 });
    expect(report.namingConcept).toBe(5 / 8);
    expect(report.namingConceptByTemplate).toEqual({ c: 2 / 5, 'c,bg': 1, 'c,rel': 1 });
    expect(report.namingBackground).toBe(1 / 2);
    expect(report.namingRelation).toBe(1);
    expect(report.duplicates).toBe(1 / 8);
    expect(report.empty).toBe(1 / 8);
    expect(report.unfinished).toBe(0);
    expect(report.length).toEqual({
      mean: (3 + 3 + 5 + 6 + 7 + 3 + 0 + 1) / 8,
      median: 3,
      min: 0,
      max: 7,
      counts: [1, 1, 0, 3, 0, 1, 1, 1],
    });
    // two owls sleep a bird sleeps fish in the sea at night no sky house front of car owl
    expect(report.distinctWords).toBe(19);
  });

  it('takes synonyms by concept', () => {
    expect(captionReport(records, { synonyms: { owl: ['bird'] } }).namingConcept).toBe(7 / 8);
  });

  it('measures each template as if it were alone', () => {
    const { byTemplate } = captionReport(records);
    for (const template of CAPTION_TEMPLATES) {
      const {
        templates,
        sources,
        namingConceptByTemplate,
        byTemplate: _,
        ...alone
      } = captionReport(records.filter((record) => record.template === template));
      expect(byTemplate[template]).toEqual(alone);
    }
  });

  it('tells what is nearly the same, unfinished, or unsafe', () => {
    const captions = [
      'A gun is shot.',
      'A gun is shot at',
      '"A gun!"',
      'Two guns (dead).',
      'The dead… the dead (ah!)',
      '',
    ];
    const concepts = ['owl', 'owl', 'owl', 'gun', 'owl', 'owl'];
    const some = captions.map((caption, index) => ({ ...blank, index, caption, concept: concepts[index] }));
    const report = captionReport(some);
    expect(report.nearDuplicates).toBe(1 / 6);
    expect(captionReport(some, { near: { words: 1, similarity: 0.25 } }).nearDuplicates).toBe(
      nearDuplicates(captions, { words: 1, similarity: 0.25 }).filter((earlier) => earlier >= 0).length / 6,
    );
    expect(report.duplicates).toBe(0);
    expect(report.unfinished).toBe(2 / 6);
    expect(report.safety).toEqual({ captions: 5 / 6, words: { gun: 3, dead: 2 } });
    expect(captionReport(some, { unsafeWords: { own: ['shot'] } }).safety).toEqual({
      captions: 2 / 6,
      words: { shot: 2 },
    });
  });

  it('is of nothing NaN', () => {
    const report = captionReport([]);
    expect([report.namingConcept, report.nearDuplicates, report.length.mean, report.length.median]).toEqual(
      Array(4).fill(Number.NaN),
    );
    expect(report.count).toBe(0);
  });
});
