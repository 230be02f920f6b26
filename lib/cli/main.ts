#!/usr/bin/env node
import { rerunWithAllocator } from '../runs/allocator.js';
import { endWithParent } from '../runs/childProcess.js';

/** The commands that compute for hours in this process. */
const LONG = [
  'train-generator',
  'train-encoder',
  'generate',
  'train-judge',
  'measure-generator',
  'evaluate-all',
  'finetune',
  'segment',
];

let code: number | undefined;
if (LONG.includes(process.argv[2])) code = await rerunWithAllocator();
else endWithParent();
if (code === undefined) await import('./program.js');
else process.exitCode = code;
