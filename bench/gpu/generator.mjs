// The committed generator with products in float32, as the peer reads it: node bench/gpu/generator.mjs FOLDER
import { exportGenerator } from '../../lib/dist/diffusion/exportGenerator.js';
import { readExportedGenerator } from '../../lib/dist/diffusion/readExportedGenerator.js';
import { projectPath } from '../../lib/dist/runs/index.js';

exportGenerator(process.argv[2], {
  ...readExportedGenerator(projectPath('data', 'models', 'generator-laptop')),
  products: 'float32',
});
