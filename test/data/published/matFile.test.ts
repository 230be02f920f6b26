import { describe, expect, it } from 'vitest';
import { readMat } from '../../../lib/data/published/matFile.js';
import { MAT } from './matFixtures.js';

const open = (name: keyof typeof MAT) => readMat(Buffer.from(MAT[name], 'base64'), name);

describe('readMat', () => {
  it('reads numbers as SciPy wrote them, compressed and not, of every width', () => {
    expect(open('labels').get('labels')).toEqual({
      kind: 'numbers',
      shape: [1, 6],
      data: Float64Array.of(3, 1, 2, 3, 1, 2),
    });
    const set = open('setid');
    expect([...set.keys()]).toEqual(['trnid', 'valid', 'tstid']);
    expect(set.get('tstid')).toMatchObject({ data: Float64Array.of(6, 5) });
    // Columns first.
    expect(open('mixed').get('a')).toEqual({ kind: 'numbers', shape: [2, 2], data: Float64Array.of(1.5, 3, -2, 4e10) });
    expect(open('mixed').get('i')).toMatchObject({ data: Float64Array.of(-5, 70000) });
  });

  it('reads structs and cells', () => {
    const annotations = open('annotations').get('annotations');
    const rows = annotations?.kind === 'structs' ? annotations.rows : [];
    expect(rows.length).toBe(3);
    expect(rows[1]).toMatchObject({
      bbox_x1: { data: Float64Array.of(300) },
      class: { data: Float64Array.of(1) },
      fname: { kind: 'text', text: '00002.jpg' },
    });
    expect(open('meta').get('class_names')).toMatchObject({
      cells: [{ text: 'AM General Hummer SUV 2000' }, { text: 'Acura RL Sedan 2012' }],
    });
  });

  it('refuses other files and damaged ones in words', () => {
    const hdf = Buffer.concat([Buffer.from('MATLAB 7.3 MAT-file'), Buffer.alloc(200)]);
    expect(() => readMat(hdf, 'a.mat')).toThrow(/level 5[\s\S]*"MATLAB 7\.3"/);
    expect(() => readMat(Buffer.alloc(10), 'a.mat')).toThrow(/10 bytes/);
    const whole = Buffer.from(MAT.setid, 'base64');
    expect(() => readMat(whole.subarray(0, whole.length - 20), 'a.mat')).toThrow(/a\.mat[\s\S]*bytes/);
    const zip = Buffer.from(MAT.labels, 'base64');
    zip.fill(0, 150);
    expect(() => readMat(zip, 'a.mat')).toThrow(/a\.mat/);
  });
});
