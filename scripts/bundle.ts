/** Makes the folders that Lambda gets: `functions/<name>.ts` becomes `dist/<name>/index.mjs` and its chunks. */
import { readdirSync } from 'node:fs';
import { rm } from 'node:fs/promises';
import { basename, join, relative, resolve } from 'node:path';
import { build, type Metafile, type Plugin } from 'esbuild';

export interface Bundle {
  readonly name: string;
  /** Absolute path of the module that exports `handler`. */
  readonly entry: string;
  /** Bytes that a cold start reads: the entry and what it imports statically. */
  readonly startBytes: number;
  /** Bytes of all files. */
  readonly totalBytes: number;
}

export interface BundleOptions {
  /** Files that export `handler`; by default all of `functions/`. */
  readonly entries?: readonly string[];
  /** Gets one folder per entry, by default `dist`. What that folder held before is deleted. */
  readonly outFolder?: string;
}

const ROOT = resolve(import.meta.dirname, '..');

/** @throws the bundler's error when an entry does not compile. */
export function bundle(options: BundleOptions = {}): Promise<Bundle[]> {
  const { entries = functionFiles(), outFolder = join(ROOT, 'dist') } = options;
  return Promise.all(entries.map((entry) => bundleOne(resolve(entry), resolve(outFolder))));
}

const functionFiles = (): string[] =>
  readdirSync(join(ROOT, 'functions'))
    .filter((file) => file.endsWith('.ts'))
    .sort()
    .map((file) => join(ROOT, 'functions', file));

async function bundleOne(entry: string, outFolder: string): Promise<Bundle> {
  const name = basename(entry, '.ts');
  const folder = join(outFolder, name);
  await rm(folder, { recursive: true, force: true });
  const { metafile } = await build({
    absWorkingDir: ROOT,
    entryPoints: [{ in: entry, out: 'index' }],
    outdir: folder,
    outExtension: { '.js': '.mjs' },
    chunkNames: 'chunk-[hash]',
    bundle: true,
    splitting: true,
    format: 'esm',
    platform: 'node',
    target: 'node24',
    mainFields: ['module', 'main'],
    minify: true,
    legalComments: 'none',
    banner: { js: REQUIRE_FOR_COMMONJS },
    plugins: [lazyHttp, leftOut],
    metafile: true,
    logLevel: 'warning',
  });
  return { name, entry: join(folder, 'index.mjs'), ...sizes(metafile, join(folder, 'index.mjs')) };
}

const REQUIRE_FOR_COMMONJS =
  "import{createRequire as keyturnRequire}from'node:module';const require=keyturnRequire(import.meta.url);";

/**
 * An ESM import of `node:http` reads each of its exports, and the getter of `WebSocket` loads undici: about
 * 20 ms of every cold start. As a CommonJS module its exports stay getters, read one by one on use.
 */
const lazyHttp: Plugin = {
  name: 'lazy-http',
  setup({ onResolve, onLoad }) {
    onResolve({ filter: /^(node:)?https?$/ }, ({ path }) => ({
      path: path.replace(/^(node:)?/, 'node:'),
      namespace: 'lazy-http',
    }));
    onLoad({ filter: /.*/, namespace: 'lazy-http' }, ({ path }) => ({
      contents: `module.exports=process.getBuiltinModule('${path}')`,
    }));
  },
};

/** What drivers bring along and no engine calls. */
const UNUSED: readonly { readonly importer: RegExp; readonly modules: RegExp }[] = [
  // Pools, connection strings, ~/.pgpass and libpq.
  { importer: /[\\/]pg[\\/]lib[\\/]/, modules: /^(pg-pool|pg-connection-string|pgpass|\.\/native)$/ },
  // Lambda gives credentials by environment variables, which are looked at first.
  {
    importer: /[\\/]credential-provider-node[\\/]/,
    modules: /^@aws-sdk\/credential-provider-(ini|login|process|sso|web-identity)$/,
  },
  // Encodings by table: the engine's sessions speak UTF-8 only.
  { importer: /[\\/]iconv-lite[\\/]encodings[\\/]/, modules: /^\.\/(tables\/|sbcs-data)/ },
  // The names of a server's errors, which the engine knows by their numbers.
  { importer: /[\\/]mysql2[\\/]lib[\\/]/, modules: /^\.\.\/constants\/errors(\.js)?$/ },
];

const leftOut: Plugin = {
  name: 'left-out',
  setup({ onResolve, onLoad }) {
    for (const { importer: where, modules } of UNUSED)
      onResolve({ filter: modules }, ({ path, importer }) =>
        where.test(importer) ? { path, namespace: 'left-out' } : undefined,
      );
    onLoad({ filter: /.*/, namespace: 'left-out' }, ({ path }) => ({
      contents: `module.exports=leftOut;leftOut.parse=leftOut;
        function leftOut(){throw new Error('${path} is left out of the bundle (scripts/bundle.ts)')}`,
    }));
  },
};

function sizes({ outputs }: Metafile, entry: string): Pick<Bundle, 'startBytes' | 'totalBytes'> {
  const bytes = (files: Iterable<string>) =>
    [...files].reduce((sum, file) => sum + (outputs[file]?.bytes ?? 0), 0);
  return {
    startBytes: bytes(staticImports(outputs, relative(ROOT, entry))),
    totalBytes: bytes(Object.keys(outputs)),
  };
}

function staticImports(outputs: Metafile['outputs'], file: string, seen = new Set<string>()): Set<string> {
  if (seen.has(file)) return seen;
  seen.add(file);
  for (const { kind, path, external } of outputs[file]?.imports ?? [])
    if (kind === 'import-statement' && !external) staticImports(outputs, path, seen);
  return seen;
}

if (import.meta.main) {
  const bundles = await bundle();
  const kilobytes = (bytes: number) => `${Math.ceil(bytes / 1024)} KB`.padStart(8);
  if (!process.argv.includes('--quiet'))
    for (const { name, startBytes, totalBytes } of bundles)
      console.log(`${name.padEnd(20)}${kilobytes(startBytes)} at start${kilobytes(totalBytes)} in all`);
}
