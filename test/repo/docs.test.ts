/** The documentation says what the code does: pages made from it are fresh, and what the others name exists. */
import { posix } from 'node:path';
import { beforeAll, describe, expect, test } from 'vitest';
import { pages } from '../../scripts/docs.ts';
import { DETECTORS } from '../../shared/audit/detectors/index.ts';
import { SETTINGS } from '../../shared/core/env.ts';
import { ERRORS } from '../../shared/core/errors.ts';
import { CHECKS } from '../../shared/rotation/check/report.ts';
import { isCheck, parseCheck, parseEvent } from '../../shared/rotation/event.ts';
import { optionsSchema } from '../../shared/rotation/options.ts';
import { sources } from './sources.ts';

let files: Map<string, string>;
beforeAll(async () => {
  files = await sources();
});

const textOf = (path: string): string => files.get(path) ?? '';
const matches = (text: string, pattern: RegExp): string[] =>
  [...text.matchAll(pattern)].map(([, found = '']) => found);
/** Whether a file or a folder is there. */
const exists = (path: string): boolean =>
  files.has(path) || [...files.keys()].some((file) => file.startsWith(`${path.replace(/\/$/, '')}/`));
const prose = (): [string, string][] => [...files].filter(([path]) => path.endsWith('.md'));

test.for([...pages()])('%s is what `npm run docs` writes', ([path, text]) => {
  expect(textOf(path)).toBe(text);
});

test('every error that is thrown is documented, with its fix', () => {
  const thrown = [...files]
    .filter(([path]) => path.startsWith('shared/') && path.endsWith('.ts'))
    .flatMap(([, source]) => matches(source, /new KeyturnError\(\s*'([A-Z_]+)'/g));
  expect(thrown.length).toBeGreaterThan(50);
  const documented = matches(textOf('docs/errors.md'), /^## ([A-Z_]+)$/gm);
  expect([...new Set(thrown)].filter((code) => !documented.includes(code))).toEqual([]);
  for (const { cause, fix } of Object.values(ERRORS))
    expect(textOf('docs/errors.md')).toContain(`${cause}\n\n**Fix.** ${fix}`);
});

test('the index names every page', () => {
  const named = matches(textOf('docs/README.md'), /\]\(([\w.-]+)\)/g).map((name) => `docs/${name}`);
  const all = [...files.keys()].filter((path) => /^docs\/[\w.-]+\.(md|schema\.json)$/.test(path));
  expect([...new Set(named)].toSorted()).toEqual(all.filter((path) => path !== 'docs/README.md').toSorted());
});

test('an operator finds every error by its code', () => {
  const named = matches(textOf('docs/troubleshooting.md'), /\[([A-Z_]+)\]\(errors\.md#/g);
  expect(Object.keys(ERRORS).filter((code) => !named.includes(code))).toEqual([]);
});

test('and every alarm by its name', () => {
  const alarms = matches(
    textOf('scripts/template/alarms.yml'),
    /^ {2}(\w+):\n {4}Type: AWS::CloudWatch::Alarm/gm,
  );
  expect(alarms.length).toBeGreaterThan(5);
  expect(alarms.filter((name) => !textOf('docs/troubleshooting.md').includes(`\`${name}\``))).toEqual([]);
});

test('the message attributes that filter policies may use are those that are sent', () => {
  const [sent = ''] = matches(
    textOf('shared/aws/sns-publisher.ts'),
    /const attributesOf = .*?=> \(\{(.*?)^\}\);/gms,
  );
  const rows = matches(textOf('docs/alerts.md'), /^\| `(\w+)` \| String/gm);
  expect(rows.length).toBeGreaterThan(3);
  expect(rows).toEqual(matches(sent, /^ {2}(\w+):/gm));
});

test('the detectors that cannot be hidden are named', () => {
  const [never = ''] = matches(textOf('docs/alerts.md'), /hides anything\.(.*?) cannot be hidden\./gs);
  const told = DETECTORS.filter(({ neverSuppressed }) => neverSuppressed === true).map(({ id }) => id);
  expect(matches(never, /\[([\w-]+)\]/g).toSorted()).toEqual(told.toSorted());
});

test('the alert that is shown has the runbook of its detector', () => {
  const shown = matches(textOf('docs/alerts.md'), /^\d\. (.+)$/gm);
  expect(shown).toEqual(DETECTORS.find(({ id }) => id === 'list-then-read')?.runbook);
});

test('every command of ours that a page names exists', () => {
  const { scripts } = JSON.parse(textOf('package.json')) as { scripts: Record<string, string> };
  const run = prose().flatMap(([, text]) => matches(text, /\bnpm run (?:-s )?([\w:-]*\w)/g));
  expect(run.length).toBeGreaterThan(10);
  expect(run.filter((name) => !(name in scripts))).toEqual([]);
  const usage = textOf('cli/keyturn.ts');
  const commands = prose().flatMap(([, text]) => matches(text, /\bnpx keyturn ([a-z]+)/g));
  expect(commands.filter((name) => !usage.includes(`  ${name} `))).toEqual([]);
});

test('a command that needs AWS is said to, in its section', () => {
  const sections = prose().flatMap(([path, text]) =>
    text.split(/^#+ /m).map((section) => [path, section.split('\n')[0], section] as const),
  );
  const asking = sections.filter(([, , section]) => /^ {4}aws |`aws [a-z]/m.test(section));
  expect(asking.length).toBeGreaterThan(5);
  const unsaid = asking.filter(([, , section]) => !/\bneeds? (AWS|it)\b/.test(section.replace(/\s+/g, ' ')));
  expect(unsaid.map(([path, title]) => `${path}: ${title}`)).toEqual([]);
});

test('every parameter that a page links to exists', () => {
  const known = matches(textOf('docs/parameters.md'), /^\| `(\w+)` \|/gm);
  const linked = prose().flatMap(([, text]) =>
    matches(text, /\[([^\]]+)\]\((?:docs\/)?parameters\.md[^)]*\)/g),
  );
  const named = linked.flatMap((text) => matches(text, /`(\w+)`/g));
  expect(named.length).toBeGreaterThan(5);
  expect(named.filter((name) => !known.includes(name))).toEqual([]);
});

test('every option of a secret has a row, and every row is an option', () => {
  const { password, ...others } = optionsSchema.entries;
  const options = [
    ...Object.keys(others),
    ...Object.keys(password.wrapped.entries).map((key) => `password.${key}`),
  ];
  const rows = matches(textOf('docs/secret.md'), /^\| `rotation\.([\w.]+)` \|/gm);
  expect(rows.toSorted()).toEqual(options.toSorted());
});

test('every check is told of on the page about attaching', () => {
  const rows = matches(textOf('docs/attaching.md'), /^\| `(\w+)` \| (?!`)/gm);
  expect(rows).toEqual([...CHECKS]);
});

test('every setting that a page names exists', () => {
  // The benchmark and the tests have variables of their own, which no function reads.
  const ofFunctions = prose().filter(([path]) => !path.startsWith('bench/'));
  const named = ofFunctions.flatMap(([, text]) => matches(text, /\b(KEYTURN_[A-Z_]*[A-Z])\b/g));
  expect(named.length).toBeGreaterThan(10);
  expect(named.filter((name) => !(name in SETTINGS) && !name.startsWith('KEYTURN_TEST_'))).toEqual([]);
});

const stepOf = (event: unknown): string => {
  if (!isCheck(event)) return parseEvent(event).step;
  return parseCheck(event) === '' ? '' : 'check';
};

test('every sample of a rotation event is one, named after its step', () => {
  const samples = [...files].filter(([path]) => path.startsWith('events/rotation/'));
  expect(samples).toHaveLength(5);
  for (const [path, text] of samples) expect(stepOf(JSON.parse(text))).toBe(posix.basename(path, '.json'));
});

test('there is a sample for each function, and the commands for it name what is there', () => {
  const commands = [
    ...textOf('events/README.md').matchAll(/serverless invoke --stage \w+ --function (\w+) --path (\S+)/g),
  ];
  const deployed = matches(textOf('serverless.yml').split('\nfunctions:\n')[1] ?? '', /^ {2}(\w+):$/gm);
  expect(deployed.length).toBeGreaterThan(4);
  expect(new Set(commands.map(([, name]) => name))).toEqual(new Set(deployed));
  expect(commands.filter(([, , path = '']) => !exists(path))).toEqual([]);
});

describe('links', () => {
  /** As GitHub makes them. */
  const anchors = (text: string): string[] =>
    matches(text, /^#+ (.+)$/gm).map((title) =>
      title
        .toLowerCase()
        .replace(/[^\w\- ]/g, '')
        .replaceAll(' ', '-'),
    );

  const isDead = (from: string, link: string): boolean => {
    const [path = '', anchor] = link.split('#');
    const target = path === '' ? from : posix.join(posix.dirname(from), path);
    return !exists(target) || (anchor !== undefined && !anchors(textOf(target)).includes(anchor));
  };

  test('lead somewhere', () => {
    const links = prose().flatMap(([path, text]) =>
      matches(text, /\]\(([^)\s]+)\)/g)
        .filter((link) => !/^https?:/.test(link))
        .map((link) => [path, link] as const),
    );
    expect(links.length).toBeGreaterThan(20);
    expect(links.filter(([path, link]) => isDead(path, link))).toEqual([]);
  });

  test('a dead one is found', () => {
    expect(isDead('README.md', 'docs/nothing.md')).toBe(true);
    expect(isDead('docs/secret.md', 'errors.md#no_such_error')).toBe(true);
    expect(isDead('docs/secret.md', 'errors.md#secret_invalid')).toBe(false);
  });
});

test('every file and folder that a page names in the repository exists', () => {
  const roots = 'bench|cli|docs|events|functions|local|scripts|shared|test';
  const named = prose().flatMap(([page, text]) =>
    matches(text, new RegExp(`\`((?:${roots})/[\\w./-]*)\``, 'g')).map((path) => [page, path] as const),
  );
  expect(named.length).toBeGreaterThan(20);
  expect(named.filter(([, path]) => !exists(path))).toEqual([]);
});
