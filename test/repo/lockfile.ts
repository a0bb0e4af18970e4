/** What keeps `npm ci` the same everywhere. */
type Versions = Readonly<Record<string, string>>;

export interface Lockfile {
  readonly packages: Readonly<
    Record<
      string,
      { readonly resolved?: string; readonly integrity?: string; readonly optionalDependencies?: Versions }
    >
  >;
}

export interface Manifest {
  readonly dependencies?: Versions;
  readonly devDependencies?: Versions;
  readonly optionalDependencies?: Versions;
}

/** An exact version, also behind an alias as in `npm:other@1.2.3`. */
const EXACT = /^(npm:(@[\w.-]+\/)?[\w.-]+@)?\d+\.\d+\.\d+(-[\w.-]+)?$/;

export const inexact = (manifest: Manifest): string[] =>
  [manifest.dependencies, manifest.devDependencies, manifest.optionalDependencies]
    .flatMap((versions) => Object.entries(versions ?? {}))
    .filter(([, version]) => !EXACT.test(version))
    .map(([name, version]) => `${name}@${version}`);

/** Optional dependencies without an entry of their own, for which `npm ci` refuses the lockfile. */
export const missing = ({ packages }: Lockfile): string[] =>
  Object.entries(packages).flatMap(([path, { optionalDependencies = {} }]) =>
    Object.keys(optionalDependencies)
      .filter((name) => !lookupPaths(path, name).some((candidate) => candidate in packages))
      .map((name) => `${path || 'package.json'} needs ${name}`),
  );

/** Where Node.js would look for `name`, from the package at `path` upwards. */
function lookupPaths(path: string, name: string): string[] {
  const parts = path.split('/node_modules/');
  const above = parts.map((_, index) => parts.slice(0, index + 1).join('/node_modules/'));
  return ['', ...above.filter((folder) => folder !== '')].map((folder) =>
    folder === '' ? `node_modules/${name}` : `${folder}/node_modules/${name}`,
  );
}

/** Entries bound to one host, or that could be swapped unnoticed. */
export const unsafe = ({ packages }: Lockfile): string[] =>
  Object.entries(packages)
    .filter(([path, { resolved, integrity }]) => path !== '' && (resolved !== undefined || !integrity))
    .map(([path]) => path);
