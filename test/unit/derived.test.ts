import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { canRewrite, holdsPassword, namesUser, rewrite } from '../../shared/rotation/derived.ts';

const from = { username: 'app', password: 'p@ss w0rd/+' };
const to = { username: 'app_clone', password: 'n3w:&pass#?' };
const encoded = encodeURIComponent(from.password);

describe('keys that repeat the credentials', () => {
  it.each([
    ['a URL', `postgres://app:${encoded}@db:5432/x?sslmode=require`],
    ['a JDBC URL', `jdbc:postgresql://db/x?user=app&password=${encoded}`],
  ])('%s is found and rewritten', (_name, text) => {
    expect([holdsPassword(text, from), namesUser(text, from), canRewrite(text, from)]).toEqual([
      true,
      true,
      true,
    ]);
    const rewritten = rewrite(text, from, to);
    expect([holdsPassword(rewritten, from), namesUser(rewritten, from)]).toEqual([false, false]);
    expect([holdsPassword(rewritten, to), namesUser(rewritten, to)]).toEqual([true, true]);
  });

  it('a URL with the user only names the user', () => {
    expect(namesUser('postgres://app@db/x', from)).toBe(true);
    expect(holdsPassword('postgres://app@db/x', from)).toBe(false);
    expect(rewrite('postgres://app@db/x', from, to)).toBe('postgres://app_clone@db/x');
  });

  it.each([
    ['the password itself', from.password],
    ['a libpq connection string', `host=db user=app password=${from.password}`],
    ['an ADO connection string', `Server=db;User Id=app;Password=${from.password};`],
    ['a line of .pgpass', `db:5432:x:app:${from.password}`],
    ['a password in the path of a URL', `postgres://app:${encoded}@db/${encoded}`],
  ])('%s is found, and cannot be rewritten', (_name, text) => {
    expect(holdsPassword(text, from)).toBe(true);
    expect(canRewrite(text, from)).toBe(false);
  });

  it.each([
    ['in a libpq connection string', 'host=db user=app dbname=x'],
    ['in a JDBC URL of another kind', 'jdbc:sqlserver://h;user=app'],
    ['in a URL inside other text', ` DATABASE_URL=postgres://app:x@h/db `],
  ])('the user is found %s', (_name, text) => {
    expect(namesUser(text, from)).toBe(true);
    expect(canRewrite(text, from)).toBe(false);
  });

  it('a password is found however it was escaped', () => {
    const text = 'a=1 postgres://app:%70@ss%20w0rd%2f+@h/db';
    expect(holdsPassword('postgres://u:p%40ss%20w0rd%2f%2B@h/db x', from)).toBe(true);
    expect(holdsPassword(text, { ...from, password: 'unrelated-password' })).toBe(false);
  });

  it('leaves what is not a credential as it was', () => {
    expect(rewrite(`postgres://app:${encoded}@app.example:5432/app`, from, to)).toBe(
      `postgres://app_clone:${encodeURIComponent(to.password)}@app.example:5432/app`,
    );
    expect(namesUser('https://example.org/app', from)).toBe(false);
  });

  it('takes no short password found inside other text for a credential', () => {
    expect(holdsPassword('postgres is the engine', { username: 'app', password: 'postgres' })).toBe(true);
    expect(holdsPassword('engine x', { username: 'app', password: 'x' })).toBe(false);
  });

  it('puts any password into a URL so that it is read back', () => {
    const text = fc.string({ minLength: 1, maxLength: 40, unit: 'grapheme-ascii' });
    fc.assert(
      fc.property(text, text, (old, fresh) => {
        const url = `postgres://app:${encodeURIComponent(old)}@db/x`;
        const rewritten = rewrite(
          url,
          { username: 'app', password: old },
          { username: 'b', password: fresh },
        );
        expect(decodeURIComponent(new URL(rewritten).password)).toBe(fresh);
        fc.pre(old !== 'app');
        expect(new URL(rewritten).username).toBe('b');
      }),
    );
  });
});
