import { Command } from 'commander';
import { mergeCaptionLogs } from '../captions/mergeLogs.js';

/** `synclr merge-captions`: the logs of `captions --part` as one. */
export function mergeCaptionsCommand(): Command {
  return new Command('merge-captions')
    .argument('<parts...>', 'the logs of the parts, in any order')
    .requiredOption('--out <file>', 'the merged log, .jsonl or .jsonl.gz')
    .action(async (parts: string[], { out }: { out: string }) => {
      process.stdout.write(`${await mergeCaptionLogs({ parts, out })} captions in ${out}\n`);
    });
}
