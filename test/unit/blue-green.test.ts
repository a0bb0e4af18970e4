/** A password changed while a Blue/Green deployment exists would be lost at its switchover. */
import { describe, expect, it } from 'vitest';
import { HOST } from '../support/play.ts';
import { type Setup, Stage } from '../support/superuser-stage.ts';

const RDS_HOST = 'db.abcdefgh.eu-central-1.rds.amazonaws.com';

async function create(host: string, found: string | undefined, settings: Setup['settings'] = {}) {
  const asked: string[] = [];
  const blueGreenDeploymentOf = async (host: string) => {
    asked.push(host);
    return found;
  };
  const document = { host, rotation: { strategy: 'single-user' } };
  const stage = new Stage({ document, settings, endpoints: { blueGreenDeploymentOf } });
  const refusal = await stage.refusal(stage.model.beginRotation(stage.secret), ['createSecret']);
  return { asked, refusal, pending: stage.model.text(stage.secret, 'AWSPENDING') };
}

describe('createSecret', () => {
  it.each([RDS_HOST, `${RDS_HOST}.`, `${RDS_HOST}.cn`, RDS_HOST.toUpperCase()])(
    'makes no password while %s is the source of a deployment',
    async (host) => {
      const { asked, refusal, pending } = await create(host, 'Blue/Green deployment upgrade');
      expect(asked).toEqual([host]);
      expect(refusal).toBe('createSecret BLUE_GREEN_DEPLOYMENT');
      expect(pending).toBeUndefined();
    },
  );

  it('makes one when there is none', async () => {
    const { refusal, pending } = await create(RDS_HOST, undefined);
    expect(refusal).toBeUndefined();
    expect(pending).toBeDefined();
  });

  it.each([HOST, 'rds.amazonaws.com.example.org', '127.0.0.1'])('does not ask about %s', async (host) => {
    const { asked, refusal } = await create(host, 'Blue/Green deployment upgrade');
    expect([asked, refusal]).toEqual([[], undefined]);
  });

  it('does not ask where the deployment turned the check off', async () => {
    const { asked, refusal } = await create(RDS_HOST, 'Blue/Green deployment upgrade', {
      blueGreenCheck: false,
    });
    expect([asked, refusal]).toEqual([[], undefined]);
  });
});
