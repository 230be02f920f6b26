import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { notebookText, parseNotebook, readNotebook, toLines, writeNotebook } from '../../lib/notebook/document.js';

const folder = mkdtempSync(path.join(tmpdir(), 'synclr-document-'));
afterAll(() => rmSync(folder, { recursive: true }));

/** As nbformat.write (Python) lays out a notebook. */
const golden = `{
 "cells": [
  {
   "cell_type": "markdown",
   "id": "a1",
   "metadata": {},
   "source": [
    "# Größe\\n",
    "x"
   ]
  },
  {
   "cell_type": "code",
   "execution_count": null,
   "id": "b2",
   "metadata": {
    "tags": [
     "parameters"
    ]
   },
   "outputs": [],
   "source": [
    "const n = 1;"
   ]
  }
 ],
 "metadata": {},
 "nbformat": 4,
 "nbformat_minor": 5
}
`;

describe('notebook documents', () => {
  it('writes the bytes that it read', () => {
    expect(notebookText(parseNotebook(golden, { where: 'golden' }))).toBe(golden);
    const file = path.join(folder, 'a.ipynb');
    writeNotebook(file, parseNotebook(golden, { where: 'golden' }));
    expect(readFileSync(file, 'utf8')).toBe(golden);
    expect(readNotebook(file).cells[0].source).toBe('# Größe\nx');
  });

  it('splits text into lines that hold their newlines', () => {
    expect(toLines('a\n\nb')).toEqual(['a\n', '\n', 'b']);
    expect(toLines('a\n')).toEqual(['a\n']);
    expect(toLines('')).toEqual([]);
  });

  it('says what is wrong with a file, and its name', () => {
    const file = path.join(folder, 'bad.ipynb');
    writeFileSync(file, '{"cells": [');
    expect(() => readNotebook(file)).toThrow(/bad\.ipynb[\s\S]*JSON/);
    writeFileSync(file, '{"nbformat": 3, "nbformat_minor": 0, "worksheets": []}');
    expect(() => readNotebook(file)).toThrow(/nbformat/);
    writeFileSync(file, '{"nbformat": 4, "nbformat_minor": 5, "cells": [{"cell_type": "code", "source": 7}]}');
    expect(() => readNotebook(file)).toThrow(/cells\.0\.source/);
    expect(() => readNotebook(path.join(folder, 'none.ipynb'))).toThrow(/none\.ipynb[\s\S]*no such file/);
  });
});
