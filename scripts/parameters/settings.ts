/** Settings of the rotation functions that a parameter file may give by their own names. */
import * as v from 'valibot';
import { SETTINGS } from '../../shared/core/env.ts';

/** Those that no parameter, and nothing else in the template, decides. */
const FREE = [
  'KEYTURN_ALLOW_PLAINTEXT',
  'KEYTURN_TLS_SERVER_NAMES',
  'KEYTURN_STATEMENT_SECONDS',
  'KEYTURN_BLUE_GREEN_CHECK',
  'PASSWORD_LENGTH',
  'EXCLUDE_CHARACTERS',
  'EXCLUDE_NUMBERS',
  'EXCLUDE_PUNCTUATION',
  'EXCLUDE_UPPERCASE',
  'EXCLUDE_LOWERCASE',
  'REQUIRE_EACH_INCLUDED_TYPE',
] as const satisfies readonly (keyof typeof SETTINGS)[];

/** Read as the function itself will read it. */
export const asSetting = (name: keyof typeof SETTINGS) =>
  v.optional(
    v.pipe(
      v.union([v.string(), v.number(), v.boolean()]),
      v.transform(String),
      v.rawCheck(({ dataset, addIssue }) => {
        if (dataset.typed) refusal(name, dataset.value, (message) => addIssue({ message }));
      }),
    ),
  );

function refusal(name: keyof typeof SETTINGS, text: string, report: (message: string) => void): void {
  try {
    SETTINGS[name].parse(text);
  } catch (error) {
    report((error as Error).message);
  }
}

export const rotationSettings = v.optional(
  v.strictObject(
    Object.fromEntries(FREE.map((name) => [name, asSetting(name)])) as Record<
      (typeof FREE)[number],
      ReturnType<typeof asSetting>
    >,
  ),
  {},
);
