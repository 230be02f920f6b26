/** The exit code of a program whose output nobody reads any more: 128 and the number of SIGPIPE, as a shell says. */
const CLOSED_PIPE = 141;

/**
 * Ends this process without a word when what it prints is read no longer, as after `| head -1`. What was finished is kept,
 * as after every other end. Where errors go to is not missed: the work goes on without them.
 */
export function endWithReader(): void {
  process.stdout.on('error', (error: NodeJS.ErrnoException) => {
    if (error.code === 'EPIPE') process.exit(CLOSED_PIPE);
    throw error;
  });
  process.stderr.on('error', () => {});
}
