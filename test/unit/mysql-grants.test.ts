import fc from 'fast-check';
import { expect, test } from 'vitest';
import { type Held, parseConditions, parseGrants } from '../../shared/engines/mysql/grants.ts';
import { quoteIdentifier } from '../../shared/engines/mysql/names.ts';

const gives = (held: Held): string[] => [...held.keys()];

const CASES: readonly (readonly [what: string, line: string, rights: readonly string[]])[] = [
  ['nothing', 'GRANT USAGE ON *.* TO `app`@`%`', []],
  [
    'a list',
    'GRANT SELECT, CREATE VIEW ON `shop`.* TO `app`@`10.%`',
    ['GRANT SELECT ON `shop`.* TO {user}', 'GRANT CREATE VIEW ON `shop`.* TO {user}'],
  ],
  [
    'columns',
    'GRANT SELECT (`a`, `b c`), INSERT ON `shop`.`orders` TO `app`@`%`',
    [
      'GRANT SELECT (`a`) ON `shop`.`orders` TO {user}',
      'GRANT SELECT (`b c`) ON `shop`.`orders` TO {user}',
      'GRANT INSERT ON `shop`.`orders` TO {user}',
    ],
  ],
  [
    'the option to grant',
    'GRANT SELECT ON `shop`.* TO `app`@`%` WITH GRANT OPTION',
    ['GRANT SELECT ON `shop`.* TO {user}', 'GRANT GRANT OPTION ON `shop`.* TO {user}'],
  ],
  [
    'dynamic privileges',
    'GRANT ROLE_ADMIN,SYSTEM_USER ON *.* TO `app`@`%` WITH GRANT OPTION',
    [
      'GRANT ROLE_ADMIN ON *.* TO {user}',
      'GRANT ROLE_ADMIN ON *.* TO {user} WITH GRANT OPTION',
      'GRANT SYSTEM_USER ON *.* TO {user}',
      'GRANT SYSTEM_USER ON *.* TO {user} WITH GRANT OPTION',
    ],
  ],
  [
    'roles of MySQL',
    'GRANT `reader`@`%`,`writer`@`%` TO `app`@`%` WITH ADMIN OPTION',
    [
      'GRANT `reader`@`%` TO {user}',
      'GRANT `reader`@`%` TO {user} WITH ADMIN OPTION',
      'GRANT `writer`@`%` TO {user}',
      'GRANT `writer`@`%` TO {user} WITH ADMIN OPTION',
    ],
  ],
  ['a role of MariaDB', 'GRANT `reader` TO `app`@`%`', ['GRANT `reader` TO {user}']],
  ['a default role', 'SET DEFAULT ROLE `reader` FOR `app`@`%`', ['SET DEFAULT ROLE `reader` FOR {user}']],
  ['the rights of a role', 'GRANT SELECT ON `shop`.* TO `reader`', []],
  [
    'a partial revoke',
    'REVOKE SELECT ON `mysql`.* FROM `app`@`%`',
    ['REVOKE SELECT ON `mysql`.* FROM {user}'],
  ],
  [
    'a routine',
    'GRANT EXECUTE ON PROCEDURE `shop`.`close day` TO `app`@`%`',
    ['GRANT EXECUTE ON PROCEDURE `shop`.`close day` TO {user}'],
  ],
  [
    'a proxy',
    'GRANT PROXY ON `boss`@`%` TO `app`@`%` WITH GRANT OPTION',
    ['GRANT PROXY ON `boss`@`%` TO {user}', 'GRANT PROXY ON `boss`@`%` TO {user} WITH GRANT OPTION'],
  ],
  [
    'names that look like grammar',
    'GRANT SELECT ON `a TO b`.`x``, ON y` TO `app`@`%`',
    ['GRANT SELECT ON `a TO b`.`x``, ON y` TO {user}'],
  ],
];

test.each(CASES)('%s', (_what, line, rights) => {
  expect(gives(parseGrants([line], 'app'))).toEqual(rights);
});

test('what MariaDB prints of the password does not survive', () => {
  const line =
    "GRANT SELECT ON *.* TO `app`@`%` IDENTIFIED BY PASSWORD '*0123456789ABCDEF' REQUIRE SSL WITH GRANT OPTION";
  expect(gives(parseGrants([line], 'app'))).toEqual([
    'GRANT SELECT ON *.* TO {user}',
    'GRANT GRANT OPTION ON *.* TO {user}',
  ]);
});

test('of an account, the conditions remain and the password does not', () => {
  const line =
    "CREATE USER `app`@`%` IDENTIFIED WITH 'caching_sha2_password' AS '$A$005$x''REQUIRE' DEFAULT ROLE `r`@`%` REQUIRE SUBJECT '/CN=app' WITH MAX_USER_CONNECTIONS 5 PASSWORD EXPIRE DEFAULT ACCOUNT UNLOCK PASSWORD REQUIRE CURRENT DEFAULT";
  expect(gives(parseConditions(line))).toEqual([
    'ALTER USER {user} DEFAULT ROLE `r`@`%`',
    "ALTER USER {user} REQUIRE SUBJECT '/CN=app'",
    'ALTER USER {user} WITH MAX_QUERIES_PER_HOUR 0',
    'ALTER USER {user} WITH MAX_UPDATES_PER_HOUR 0',
    'ALTER USER {user} WITH MAX_CONNECTIONS_PER_HOUR 0',
    'ALTER USER {user} WITH MAX_USER_CONNECTIONS 5',
  ]);
});

test('a condition that is not set is one that can be restored', () => {
  const line =
    "CREATE USER `app`@`%` IDENTIFIED BY PASSWORD '*0123' REQUIRE NONE WITH MAX_STATEMENT_TIME 2.5";
  expect([...parseConditions(line)].slice(0, 2)).toEqual([
    ['ALTER USER {user} REQUIRE NONE', 'ALTER USER {user} REQUIRE NONE'],
    ['ALTER USER {user} WITH MAX_QUERIES_PER_HOUR 0', 'ALTER USER {user} WITH MAX_QUERIES_PER_HOUR 0'],
  ]);
  expect(parseConditions(line).get('ALTER USER {user} WITH MAX_STATEMENT_TIME 2.5')).toBe(
    'ALTER USER {user} WITH MAX_STATEMENT_TIME 0',
  );
});

test('each right is taken away by a statement of its own', () => {
  const lines = [
    'GRANT SELECT (`a`) ON `shop`.`orders` TO `app`@`%` WITH GRANT OPTION',
    'GRANT `reader`@`%` TO `app`@`%` WITH ADMIN OPTION',
    'REVOKE SELECT ON `mysql`.* FROM `app`@`%`',
  ];
  expect([...parseGrants(lines, 'app').values()]).toEqual([
    'REVOKE SELECT (`a`) ON `shop`.`orders` FROM {user}',
    'REVOKE GRANT OPTION ON `shop`.`orders` FROM {user}',
    'REVOKE `reader`@`%` FROM {user}',
    'REVOKE `reader`@`%` FROM {user}',
    'GRANT SELECT ON `mysql`.* TO {user}',
  ]);
});

test.each([' , ', 'a . b', 'a @ b', "x ,'y' . `z"])('the name %j comes back as it was', (name) => {
  const object = `${quoteIdentifier(name)}.${quoteIdentifier(name)}`;
  expect(gives(parseGrants([`GRANT SELECT ON ${object} TO \`app\`@\`%\``], 'app'))).toEqual([
    `GRANT SELECT ON ${object} TO {user}`,
  ]);
});

/** A name that could break out of its line comes back in a note. */
const mayBeRun = fc
  .string({ unit: 'grapheme', minLength: 1, maxLength: 20 })
  .filter((text) => !text.includes('{user}') && !/[\p{Cc}\u2028\u2029]/u.test(text));

const breaksOut = fc.constantFrom('\n', '\u0085', '\u2028', '\u2029', '{user}');

test('any name comes back as it was', () => {
  fc.assert(
    fc.property(mayBeRun, mayBeRun, (database, table) => {
      const object = `${quoteIdentifier(database)}.${quoteIdentifier(table)}`;
      expect(gives(parseGrants([`GRANT SELECT ON ${object} TO \`app\`@\`%\``], 'app'))).toEqual([
        `GRANT SELECT ON ${object} TO {user}`,
      ]);
    }),
  );
});

test('but for one that would break out of its line, of which a note comes back', () => {
  fc.assert(
    fc.property(mayBeRun, breaksOut, mayBeRun, (before, between, after) => {
      const object = quoteIdentifier(before + between + after);
      const [gave = '', ...more] = gives(
        parseGrants([`GRANT SELECT ON ${object}.* TO \`app\`@\`%\``], 'app'),
      );
      expect(more).toEqual([]);
      expect(gave).toMatch(/^-- .*$/u);
      expect(gave).not.toMatch(/[\p{Cc}\u2028\u2029]/u);
    }),
  );
});

test('no text makes it throw, and none comes back that is not whole statements', () => {
  fc.assert(
    fc.property(fc.string(), (text) => {
      for (const statement of [...parseGrants([text], 'app'), ...parseConditions(text)].flat())
        expect(statement).toContain('{user}');
    }),
  );
});
