/** Makes `dist/keyturn.mjs` of the `keyturn` command, and of what it loads later a chunk each. cli/keyturn.js runs it. */
import { existsSync, mkdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { buildSync } from 'esbuild';

const ROOT = resolve(import.meta.dirname, '..');
/** One level below the root, as the sources are: some of them look for files beside their folder. */
const FOLDER = join(ROOT, 'dist');

const { outputFiles } = buildSync({
  absWorkingDir: ROOT,
  entryPoints: ['cli/keyturn.ts'],
  outdir: FOLDER,
  outExtension: { '.js': '.mjs' },
  chunkNames: 'keyturn-[hash]',
  bundle: true,
  splitting: true,
  packages: 'external',
  format: 'esm',
  platform: 'node',
  target: 'node24',
  logLevel: 'error',
  write: false,
});
/** Who may run the command need not be who may write beside its sources. */
const changed = outputFiles.filter(
  ({ path, contents }) => !existsSync(path) || !readFileSync(path).equals(contents),
);
try {
  if (changed.length > 0) mkdirSync(FOLDER, { recursive: true });
  // Another command may be starting: it must find whole files, and the one that names the others last.
  for (const { path, contents } of changed.toSorted((one, other) => other.path.length - one.path.length)) {
    const whole = `${path}.${process.pid}`;
    writeFileSync(whole, contents);
    renameSync(whole, path);
  }
} catch (error) {
  process.stderr.write(
    `keyturn: it has to be made anew after each change of its sources, by who may write there: ${(error as Error).message}.\n`,
  );
  process.exitCode = 2;
}
