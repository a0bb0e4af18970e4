import fc from 'fast-check';
import { expect, test } from 'vitest';
import { parseConditions, parseGrants } from '../../shared/engines/mysql/grants.ts';
import { quoteIdentifier } from '../../shared/engines/mysql/names.ts';

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
      'GRANT ROLE_ADMIN ON *.* TO {user} WITH GRANT OPTION',
      'GRANT SYSTEM_USER ON *.* TO {user} WITH GRANT OPTION',
    ],
  ],
  [
    'roles of MySQL',
    'GRANT `reader`@`%`,`writer`@`%` TO `app`@`%` WITH ADMIN OPTION',
    ['GRANT `reader`@`%` TO {user} WITH ADMIN OPTION', 'GRANT `writer`@`%` TO {user} WITH ADMIN OPTION'],
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
    ['GRANT PROXY ON `boss`@`%` TO {user} WITH GRANT OPTION'],
  ],
  [
    'names that look like grammar',
    'GRANT SELECT ON `a TO b`.`x``, ON y` TO `app`@`%`',
    ['GRANT SELECT ON `a TO b`.`x``, ON y` TO {user}'],
  ],
];

test.each(CASES)('%s', (_what, line, rights) => {
  expect([...parseGrants([line], 'app')]).toEqual(rights);
});

test('what MariaDB prints of the password does not survive', () => {
  const line =
    "GRANT SELECT ON *.* TO `app`@`%` IDENTIFIED BY PASSWORD '*0123456789ABCDEF' REQUIRE SSL WITH GRANT OPTION";
  expect([...parseGrants([line], 'app')]).toEqual([
    'GRANT SELECT ON *.* TO {user}',
    'GRANT GRANT OPTION ON *.* TO {user}',
  ]);
});

test('of an account, the conditions remain and the password does not', () => {
  const line =
    "CREATE USER `app`@`%` IDENTIFIED WITH 'caching_sha2_password' AS '$A$005$x''REQUIRE' DEFAULT ROLE `r`@`%` REQUIRE SUBJECT '/CN=app' WITH MAX_USER_CONNECTIONS 5 PASSWORD EXPIRE DEFAULT ACCOUNT UNLOCK PASSWORD REQUIRE CURRENT DEFAULT";
  expect([...parseConditions(line)]).toEqual([
    'ALTER USER {user} DEFAULT ROLE `r`@`%`',
    "ALTER USER {user} REQUIRE SUBJECT '/CN=app'",
    'ALTER USER {user} WITH MAX_USER_CONNECTIONS 5',
  ]);
  expect([...parseConditions("CREATE USER `app`@`%` IDENTIFIED BY PASSWORD '*0123' REQUIRE NONE")]).toEqual(
    [],
  );
});

test.each([' , ', 'a . b', 'a @ b', "x ,'y' . `z"])('the name %j comes back as it was', (name) => {
  const object = `${quoteIdentifier(name)}.${quoteIdentifier(name)}`;
  expect([...parseGrants([`GRANT SELECT ON ${object} TO \`app\`@\`%\``], 'app')]).toEqual([
    `GRANT SELECT ON ${object} TO {user}`,
  ]);
});

test('any name comes back as it was', () => {
  const name = fc
    .string({ unit: 'grapheme', minLength: 1, maxLength: 20 })
    .filter((text) => !text.includes('\0'));
  fc.assert(
    fc.property(name, name, (database, table) => {
      const object = `${quoteIdentifier(database)}.${quoteIdentifier(table)}`;
      expect([...parseGrants([`GRANT SELECT ON ${object} TO \`app\`@\`%\``], 'app')]).toEqual([
        `GRANT SELECT ON ${object} TO {user}`,
      ]);
    }),
  );
});

test('no text makes it throw, and none comes back that is not whole statements', () => {
  fc.assert(
    fc.property(fc.string(), (text) => {
      for (const statement of [...parseGrants([text], 'app'), ...parseConditions(text)])
        expect(statement).toContain('{user}');
    }),
  );
});
