/** What a command prints: what comes of it where that cannot be written, and JSON that does nothing to a terminal. */

/** As the shell tells it of a program that SIGPIPE ended, which Node never lets happen. */
const BROKEN_PIPE = 141;

/** Whoever reads may stop, as `head` does, and that is no news. Any other failure is told, and no success. */
export function endWithOutput(command: string): void {
  process.stdout.on('error', (error: NodeJS.ErrnoException) => {
    if (error.code === 'EPIPE') process.exit(BROKEN_PIPE);
    process.stderr.write(`${command}: what it has to print cannot be written: ${error.message}.\n`);
    process.exit(2);
  });
  // Nobody is left to tell.
  process.stderr.on('error', () => {});
}

/** One line. JSON itself lets through what turns the direction of a text, or is a command to some terminals. */
export const jsonLine = (value: unknown): string =>
  `${JSON.stringify(value).replace(/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/gu, escaped)}\n`;

const escaped = (sign: string): string =>
  sign
    .split('')
    .map((unit) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, '0')}`)
    .join('');
