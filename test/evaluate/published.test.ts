import { describe, expect, it } from 'vitest';
import { paperNumbers } from '../../lib/runs/published.js';

describe('paperNumbers', () => {
  const numbers = paperNumbers();

  it('has averages in Table 6 that are the means of its nine columns', () => {
    expect(numbers.table6.rows).toHaveLength(10);
    for (const row of numbers.table6.rows) {
      const values = row.filter((cell): cell is number => typeof cell === 'number');
      expect(values).toHaveLength(11); // ImageNet, nine sets, average
      const mean = values.slice(1, 10).reduce((a, b) => a + b) / 9;
      expect(Math.abs(mean - values[10])).toBeLessThanOrEqual(0.05 + 1e-9);
    }
  });

  it('has averages in Table 9 that are the means of its six columns', () => {
    for (const row of numbers.table9.rows) {
      const values = row.filter((cell): cell is number => typeof cell === 'number');
      const mean = values.slice(0, 6).reduce((a, b) => a + b) / 6;
      expect(Math.abs(mean - values[6])).toBeLessThanOrEqual(0.05 + 1e-9);
    }
  });

  it('says the same in its figures, tables and text', () => {
    const { figure1, figure6, table2, table4, table5, table10 } = numbers;
    expect(table10.rows[0][1]).toBe(figure1.SynCLR);
    expect(table4.rows[4].slice(4, 6)).toEqual(table2.rows['our final config.'].slice(2));
    // Table 5's last row is StableRep on IN+OurBG+LLM.
    expect(table5.rows.SynCLR).toEqual(table2.rows['IN+OurBG+LLM'].slice(0, 2));
    // ViT-L is behind ViT-B at 3M captions and ahead from 10M on.
    const gaps = ['3', '10', '40', '150'].map((m) => figure6['ViT-L/14'][m] - figure6['ViT-B/16'][m]);
    expect(gaps.map(Math.sign)).toEqual([-1, 1, 1, 1]);
  });
});
