/** Which of the deployment's functions is the secret's, and what it sees of it. */
import type { CheckReport } from '../../shared/rotation/check/report.ts';
import type { Clients } from './clients.ts';
import type { Engine, RotationFunction } from './deployment.ts';
import { look } from './look.ts';
import { Mistake } from './mistake.ts';
import type { Secret } from './secret.ts';
import { functionIn, lookWhileTagged } from './tag.ts';

export interface Found {
  readonly rotation: RotationFunction;
  readonly report: CheckReport;
}

/** @throws Mistake when the deployment has no function for the engine */
export async function findFunction(
  { secrets, lambda }: Clients,
  { arn, description }: Secret,
  functions: readonly RotationFunction[],
  engine: Engine | undefined,
): Promise<Found> {
  const attached = functions.find((one) => one.arn === description.RotationLambdaARN);
  const [wanted] = functions.filter((one) => one.engine === engine);
  if (engine !== undefined && wanted === undefined)
    throw new Mistake(`the deployment has no function for ${engine}: deploy it again`);
  if (attached !== undefined && (wanted ?? attached) === attached)
    return { rotation: attached, report: await look(lambda, attached, arn) };
  const before = functionIn(description.Tags);
  let found: Found | undefined;
  for (const rotation of wanted === undefined ? functions : [wanted]) {
    const report = await lookWhileTagged(secrets, { arn, before }, rotation, () =>
      look(lambda, rotation, arn),
    );
    found = { rotation, report };
    if (!isForAnother(report)) return found;
  }
  throw new Mistake(
    `no function of the deployment is for this secret's engine; the last one says: ${engineOf(found)}`,
  );
}

const isForAnother = ({ checks }: CheckReport): boolean =>
  checks.some(({ check, result }) => check === 'engine' && result === 'failed');

const engineOf = (found: Found | undefined): string =>
  found?.report.checks.find(({ check }) => check === 'engine')?.says ?? '';
