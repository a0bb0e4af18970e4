/** Hand-made faults of the rotation code: each must be noticed by the scenario named for it. */
import { afterAll, describe, expect, it } from 'vitest';
import { type Fault, mutate, removeMutants } from '../support/mutants.ts';
import type { Code } from '../support/play.ts';
import { SCENARIOS } from '../support/scenarios.ts';

interface Mutant extends Fault {
  readonly fault: string;
  readonly noticedBy: keyof typeof SCENARIOS;
}

const MUTANTS: readonly Mutant[] = [
  {
    fault: 'forgets AWSPREVIOUS',
    file: 'rotation/strategies/single-user.ts',
    replace: 'const asPrevious = await loginAsPrevious(rotation, pending);',
    by: 'const asPrevious = undefined as Login | undefined;',
    noticedBy: 'a database that still holds the password of AWSPREVIOUS is brought up to date',
  },
  {
    fault: 'testSecret ignores a rejected login',
    file: 'rotation/test-secret.ts',
    replace: 'await using session = sessionOf(await logIn(rotation, pending));',
    by: "const login = await logIn(rotation, pending); if (login.outcome === 'rejected') return; await using session = sessionOf(login);",
    noticedBy: 'testSecret fails when the engine only pretended to change the password',
  },
  {
    fault: 'takes a login for proof that setSecret is done',
    file: 'rotation/strategies/alternating-users.ts',
    replace: 'const pair = requirePair(current, pending);',
    by: "if ((await logIn(rotation, pending)).outcome === 'accepted') return; const pair = requirePair(current, pending);",
    noticedBy: 'a standby that logs in but lacks rights is completed, not promoted as it is',
  },
  {
    fault: 'promotes a standby that it could not log in as',
    file: 'rotation/strategies/alternating-users.ts',
    replace: 'currentIsDead: false',
    by: 'currentIsDead: true',
    noticedBy: 'a standby is not promoted while nothing is known of it, for AWSCURRENT works',
  },
  {
    fault: 'moves the label without comparing',
    file: 'rotation/finish-secret.ts',
    replace: 'from: currentVersionId }',
    by: "from: [...(await store.describe(secret.arn)).stages].find(([, stages]) => stages.includes('AWSCURRENT'))?.[0] }",
    noticedBy: 'a label that somebody else moved meanwhile is left where it is',
  },
  {
    fault: 'moves the label without looking whether its version is still pending',
    file: 'rotation/finish-secret.ts',
    replace: "if (stale && (await isFinished(rotation))) return 'moved';",
    by: '',
    noticedBy: 'a late finishSecret does not promote a password that was replaced since',
  },
  {
    fault: 'overlooks the mark of another secret',
    file: 'rotation/authority.ts',
    replace: 'if (found !== undefined && found.secretArn !== mark.secretArn)',
    by: 'if (false as boolean)',
    noticedBy:
      'a user that is marked for another secret is not taken over, even where the deployment lists it',
  },
  {
    fault: 'retains whatever password is the primary one',
    file: 'rotation/strategies/dual-password.ts',
    replace: 'current: current.password, retain: true',
    by: 'retain: true',
    noticedBy: 'a version that was given up after it had set its password does not cost AWSCURRENT its own',
  },
  {
    fault: 'has no fence',
    file: 'rotation/rotation.ts',
    replace: 'fence: () => fence(rotation),',
    by: 'fence: async () => {},',
    noticedBy: 'a late attempt does not overwrite a password promoted since',
  },
  {
    fault: 'removes AWSPENDING without proof',
    file: 'rotation/give-up.ts',
    replace: 'if (!proven) return refusal;',
    by: '',
    noticedBy: 'AWSPENDING is kept when the database turns out to hold its password',
  },
  {
    fault: 'keeps a poisoned AWSPENDING for ever',
    file: 'rotation/give-up.ts',
    replace: 'await store.removePending(secret.arn, event.versionId);',
    by: '',
    noticedBy: 'a password that the policy refuses is given up, so that the next rotation starts clean',
  },
  {
    fault: 'does not make a lost write again',
    file: 'rotation/finish-secret.ts',
    replace: "if (outcome === 'rejected')",
    by: 'if (false as boolean)',
    noticedBy: 'a write that a failover lost is made once more before the label moves',
  },
  {
    fault: 'lets a secret name a stranger',
    file: 'rotation/authority.ts',
    replace: 'if (bound) return;',
    by: 'return;',
    noticedBy: 'a user that nothing binds to the secret is not taken over',
  },
  {
    fault: 'believes a mark that its bearer may have put there',
    file: 'rotation/authority.ts',
    replace: 'rotation.engine.usersMarkThemselves ? bearers.slice(0, 1) : bearers',
    by: 'bearers',
    noticedBy: 'a mark that users can put on themselves speaks for nobody else',
  },
  {
    fault: 'takes any login for that of the user named',
    file: 'rotation/authority.ts',
    replace: 'await requireIdentity(session, secret.username);',
    by: '',
    noticedBy: 'a login as AWSPREVIOUS that the server gives to somebody else proves nothing',
  },
  {
    fault: 'acts on administrators',
    file: 'rotation/authority.ts',
    replace: 'if (protectedBecause !== undefined)',
    by: 'if (false as boolean)',
    noticedBy: 'a protected user is neither changed nor cloned',
  },
];

afterAll(removeMutants);

describe('faults are noticed', () => {
  it.each(MUTANTS)('$fault', async (mutant) => {
    const code = await mutated(mutant);
    await expect(SCENARIOS[mutant.noticedBy](code)).rejects.toThrow();
  });

  it('an unchanged copy passes every scenario', async () => {
    const code = await mutated({ fault: 'none', file: 'rotation/rotate.ts', replace: '/**', by: '/**' });
    for (const scenario of Object.values(SCENARIOS)) await scenario(code);
  });
});

async function mutated({ fault, ...change }: Omit<Mutant, 'noticedBy'>): Promise<Code> {
  const load = mutate(fault, ['core', 'rotation'], change);
  // One after the other: the test runner may evaluate a module twice that is imported twice at once, and an error of
  // one copy is none of the other's.
  const { rotate } = await load('rotation/rotate.ts');
  const { KeyturnError } = await load('core/errors.ts');
  return { rotate, KeyturnError } as unknown as Code;
}
