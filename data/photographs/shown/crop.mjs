// Cuts the photographs of origin.json out of the unpacked packages: node crop.mjs FOLDER. README.md of the folder above has more.
import { createHash } from 'node:crypto';
import { readFileSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import path from 'node:path';
import { fileURLToPath } from 'node:url';

const here = path.dirname(fileURLToPath(import.meta.url));
const sharp = createRequire(path.join(here, '../../../lib/index.ts'))('sharp');
const list = path.join(here, 'origin.json');
const sha256 = (bytes) => createHash('sha256').update(bytes).digest('hex');

const rows = JSON.parse(readFileSync(list, 'utf8'));
for (const row of rows) {
  const found = readFileSync(path.join(process.argv[2], row.source.file));
  if (sha256(found) !== row.source.sha256) throw new Error(`${row.source.file} is another file than origin.json names`);
  const { left, top, side } = row.crop;
  const square = sharp(found).extract({ left, top, width: side, height: side }).resize(192, 192);
  const bytes = await square.flatten({ background: '#fff' }).toColourspace('srgb').webp({ quality: 88 }).toBuffer();
  writeFileSync(path.join(here, row.file), bytes);
  row.sha256 = sha256(bytes);
}
writeFileSync(list, `${JSON.stringify(rows, null, 2)}\n`);
