#!/usr/bin/env node
import { rerunWithAllocator } from '../engine/allocator.js';

/** The commands that compute for hours in this process. */
const LONG = ['train-generator', 'train-encoder', 'generate', 'train-judge', 'measure-generator', 'evaluate-all'];

const code = LONG.includes(process.argv[2]) ? await rerunWithAllocator() : undefined;
if (code === undefined) await import('./program.js');
else process.exitCode = code;
