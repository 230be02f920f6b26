import { Command } from 'commander';
import { CAPTION_LOG_KIND } from '../captions/log.js';
import { mergeCaptionLogs } from '../captions/mergeLogs.js';
import { claimFile } from '../runs/outputFile.js';

/** `synclr merge-captions`: the logs of `captions --part` as one. */
export function mergeCaptionsCommand(): Command {
  return new Command('merge-captions')
    .argument('<parts...>', 'the logs of the parts, in any order')
    .requiredOption('--out <file>', 'the merged log, .jsonl or .jsonl.gz')
    .action(async (parts: string[], options: { out: string }) => {
      const out = claimFile(options.out, { ...CAPTION_LOG_KIND, reads: parts });
      process.stdout.write(`${await mergeCaptionLogs({ parts, out })} captions in ${out}\n`);
    });
}
