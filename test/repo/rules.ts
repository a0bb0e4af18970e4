/**
 * The rules of this repository's shape, as functions of its sources. They go by text, not by a parser: the sources
 * are formatted, so a statement at the top level begins in the first column.
 */
import { posix } from 'node:path';

export interface Violation {
  readonly rule: string;
  readonly path: string;
  readonly what: string;
}

/** Judges the TypeScript files among `files`, which are sources by path from the root. */
export function violations(files: ReadonlyMap<string, string>): Violation[] {
  const found: Violation[] = [];
  for (const [path, source] of files)
    if (path.endsWith('.ts')) {
      const code = withoutComments(source);
      const add = (rule: string, what: string) => found.push({ rule, path, what });
      for (const imported of importsOf(code)) checkImport(path, imported, add);
      for (const { rule, pattern, applies } of CONFINEMENTS)
        for (const [match] of applies(path) ? code.matchAll(pattern) : []) add(rule, match.trim());
    }
  return found;
}

/** What each layer may import besides itself. */
const LAYERS: Readonly<Record<string, readonly string[]>> = {
  'shared/core': [],
  'shared/rotation': ['shared/core'],
  'shared/audit': ['shared/core'],
  'shared/engines': ['shared/rotation', 'shared/core'],
  'shared/aws': ['shared/rotation', 'shared/audit', 'shared/core'],
  'shared/handlers': ['shared/engines', 'shared/aws', 'shared/rotation', 'shared/audit', 'shared/core'],
  functions: ['shared/handlers', 'shared/engines'],
  local: ['shared/core'],
  scripts: ['shared/core', 'shared/rotation', 'shared/audit'],
  cli: ['local', 'scripts', 'shared'],
  bench: ['local', 'scripts', 'shared'],
  test: ['functions', 'shared', 'local', 'cli', 'bench', 'scripts', ''],
  '': ['test', 'scripts'],
};

/** The root itself is the layer ''. */
const within = (path: string, folder: string): boolean =>
  folder === '' ? !path.includes('/') : path.startsWith(`${folder}/`);

const layerOf = (path: string): string | undefined =>
  Object.keys(LAYERS).find((layer) => within(path, layer));

type Add = (rule: string, what: string) => void;

function checkImport(path: string, imported: string, add: Add): void {
  if (imported.startsWith('.')) checkLayer(path, posix.join(posix.dirname(path), imported), add);
  else checkPackage(path, imported, add);
}

function checkLayer(path: string, target: string, add: Add): void {
  const layer = layerOf(path);
  const allowed = layer === undefined ? [] : [layer, ...(LAYERS[layer] ?? [])];
  if (layer === undefined) add('layers', 'belongs to no layer');
  else if (!allowed.some((folder) => within(target, folder))) add('layers', target);
}

/** The only folders of the product that may import a package. */
const PACKAGES: readonly { package: RegExp; folders: readonly string[] }[] = [
  {
    package: /^pg($|[-/])/,
    folders: ['shared/engines/pg', 'shared/engines/postgres', 'shared/engines/redshift'],
  },
  { package: /^mysql2($|\/)/, folders: ['shared/engines/mysql'] },
  { package: /^@(aws-sdk|smithy)\//, folders: ['shared/aws'] },
];

const isProduct = (path: string): boolean => within(path, 'shared') || within(path, 'functions');
const isSource = (path: string): boolean => path.includes('/');

function checkPackage(path: string, imported: string, add: Add): void {
  for (const { package: name, folders } of isProduct(path) ? PACKAGES : [])
    if (name.test(imported) && !folders.some((folder) => within(path, folder))) add('packages', imported);
}

interface Confinement {
  readonly rule: string;
  readonly pattern: RegExp;
  readonly applies: (path: string) => boolean;
}

const CONFINEMENTS: readonly Confinement[] = [
  {
    rule: 'environment only in core/env.ts',
    pattern: /\bprocess\s*(\?\.|\.|\[')env\b/g,
    applies: (path) => isProduct(path) && path !== 'shared/core/env.ts',
  },
  {
    rule: 'reveal only in engines and aws',
    pattern: /\breveal\s*\(/g,
    applies: (path) =>
      isProduct(path) &&
      !within(path, 'shared/engines') &&
      !within(path, 'shared/aws') &&
      path !== 'shared/core/redacted.ts',
  },
  { rule: 'no console', pattern: /\bconsole\s*\??\.\s*\w+\s*\(/g, applies: isProduct },
  { rule: 'no default export', pattern: /^export (default\b|\{[^}]*\bas default\b)/gm, applies: isSource },
  {
    rule: 'no barrel',
    pattern: /^export (type )?(\*|\{[^}]*\}) .*from\b/gm,
    applies: (path) => isSource(path) && path !== 'shared/audit/detectors/index.ts',
  },
  {
    rule: 'no file named for nothing',
    pattern: /^/g,
    applies: (path) =>
      /(^|\/)(utils?|helpers?|common|misc|index)\.ts$/.test(path) &&
      path !== 'shared/audit/detectors/index.ts',
  },
  {
    rule: 'no work at import',
    pattern:
      /^(?!(import|export|const|let|function|async function|class|abstract class|type|interface|declare)\b)[\w(].*/gm,
    applies: isProduct,
  },
  {
    rule: 'no work at import',
    pattern:
      /^(export )?(const|let)\s[^=;]*=\s*(await\b|new \w*(Client|Logger|Metrics|Pool)\b|(readEnv|createLog|readFile\w*)\().*/gm,
    applies: isProduct,
  },
];

/** Module names of static, side-effect and dynamic imports and of re-exports. */
function importsOf(code: string): string[] {
  const static_ = code.matchAll(/^(?:import|export)\b(?:[^'"`;]*\bfrom)?\s*['"]([^'"]+)['"]/gm);
  const dynamic = code.matchAll(/\b(?:import|require)\(\s*['"`]([^'"`]+)['"`]/g);
  return [...static_, ...dynamic].map(([, name = '']) => name);
}

/** Also empties template literals, whose lines may begin in the first column. */
const withoutComments = (source: string): string =>
  source
    .replace(/\/\*[\s\S]*?\*\//g, '')
    .replace(/(^|\s)\/\/.*$/gm, '$1')
    .replace(/`(?:\\[\s\S]|[^`\\])*`/g, (text) => (text.includes('\n') ? '``' : text));
