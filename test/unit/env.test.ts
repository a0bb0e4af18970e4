import { describe, expect, it } from 'vitest';
import { readEnv } from '../../shared/core/env.ts';

describe('the environment', () => {
  it('has a default for everything', () => {
    expect(readEnv({})).toMatchObject({
      KEYTURN_SUPERUSER_SECRETS: [],
      KEYTURN_ALLOW_PLAINTEXT: false,
      KEYTURN_STATEMENT_SECONDS: 15,
      KEYTURN_BLUE_GREEN_CHECK: true,
      REQUIRE_EACH_INCLUDED_TYPE: true,
    });
  });

  it('reports every mistake at once', () => {
    const read = () =>
      readEnv({
        KEYTURN_ALLOW_PLAINTEXT: 'perhaps',
        KEYTURN_STATEMENT_SECONDS: '900',
        KEYTURN_TLS_SERVER_NAMES: 'db',
        KEYTURN_SUPERUSER_TARGETS: 'app',
        KEYTURN_SUPERUSER_SECRET: 'a typo',
        PASSWORD_LENGTH: 'long',
      });
    expect(read).toThrow(expect.objectContaining({ code: 'CONFIG_INVALID' }));
    for (const name of [
      /KEYTURN_ALLOW_PLAINTEXT must be true or false/,
      /KEYTURN_STATEMENT_SECONDS must be a whole number from 1 to 60/,
      /KEYTURN_TLS_SERVER_NAMES must be a list of host=certificate-name/,
      /KEYTURN_SUPERUSER_TARGETS must be a list of user@host/,
      /KEYTURN_SUPERUSER_SECRET is not a setting/,
      /PASSWORD_LENGTH must be a whole number from 8 to 128/,
    ])
      expect(read).toThrow(name);
  });

  it('reads lists and names', () => {
    const env = readEnv({
      KEYTURN_SUPERUSER_SECRETS: 'arn:aws:secretsmanager:*:secret:admin-* arn:b',
      KEYTURN_TLS_SERVER_NAMES: 'DB.internal=db.example.org',
      EXCLUDE_PUNCTUATION: 'y',
    });
    expect(env.KEYTURN_SUPERUSER_SECRETS).toEqual(['arn:aws:secretsmanager:*:secret:admin-*', 'arn:b']);
    expect(env.KEYTURN_TLS_SERVER_NAMES.get('db.internal')).toBe('db.example.org');
    expect(env.EXCLUDE_PUNCTUATION).toBe(true);
  });
});
