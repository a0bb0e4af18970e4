/** Writes the pages of docs/ that come from the code. */
import { writeFile } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { toJsonSchema } from '@valibot/to-json-schema';
import { AlertSchema } from '../shared/audit/alerts/alert.ts';
import { SETTINGS } from '../shared/core/env.ts';
import { ERRORS, type ErrorKind } from '../shared/core/errors.ts';
import { costPage } from './cost/page.ts';
import { detectorsPage } from './detectors-page.ts';
import { parametersExample, parametersPage } from './parameters/page.ts';

const ROOT = resolve(import.meta.dirname, '..');

/** Texts of the generated pages, by path from the root. */
export const pages = (): ReadonlyMap<string, string> =>
  new Map([
    ['docs/errors.md', errorsPage()],
    ['docs/configuration.md', configurationPage()],
    ['docs/detectors.md', detectorsPage()],
    ['docs/cost.md', costPage()],
    ['docs/parameters.md', parametersPage()],
    ['docs/parameters.example.yml', parametersExample()],
    ['docs/alert.schema.json', `${JSON.stringify(toJsonSchema(AlertSchema), null, 2)}\n`],
  ]);

const errorsPage = (): string => `# Errors

Generated from \`shared/core/errors.ts\` by \`npm run docs\`.

A step that fails throws one of these. The code is the error's name, the \`errorCode\` of the log line, and a
dimension of the metrics; the message says what happened here and repeats cause and fix. No message holds a
value of the secret, SQL with one, or a driver's text.

*May pass by itself* is the usual case; the \`retryable\` field of the log line is about the case at hand.
Secrets Manager repeats a failed rotation either way, with the same version.

[Troubleshooting](troubleshooting.md) begins from what you see, and says where the log line is.

${Object.entries(ERRORS).map(errorSection).join('\n')}`;

const errorSection = ([code, { cause, fix, retryable }]: [string, ErrorKind]): string => `## ${code}

${cause}

**Fix.** ${fix}

*May pass by itself:* ${retryable ? 'yes' : 'no'}.
`;

const configurationPage = (): string => `# Configuration

Generated from \`shared/core/env.ts\` by \`npm run docs\`.

What the deployment decides: environment variables of the functions, set by [the parameters](parameters.md). They
are read once per execution environment. Every mistake is reported at once, as
[CONFIG_INVALID](errors.md#config_invalid); so is any other variable that begins with \`KEYTURN_\`. An empty
variable counts as absent.

True and false may be written \`true\`, \`1\`, \`y\`, \`yes\` and \`false\`, \`0\`, \`n\`, \`no\`. Commas separate as well as
spaces do.

| Variable | Meaning | When absent |
|---|---|---|
${Object.entries(SETTINGS).map(settingRow).join('\n')}

Variables without the prefix have the names that AWS's own rotation functions use. Without \`PASSWORD_LENGTH\` the
engine decides (PostgreSQL: 32). A secret may ask for another length, and narrow the characters further, by its
\`rotation.password\`: [the secret](secret.md).
`;

const settingRow = ([name, { what, absent }]: [string, { what: string; absent: unknown }]): string =>
  `| \`${name}\` | ${what} | ${absentText(absent)} |`;

const absentText = (absent: unknown): string =>
  typeof absent === 'boolean' || typeof absent === 'number' ? `\`${absent}\`` : 'not set';

if (import.meta.main) for (const [path, text] of pages()) await writeFile(join(ROOT, path), text);
