/** `npm run evaluate`: how much of what is staged is found, and how much is told for nothing. Gates, not claims. */
import { type Evaluation, evaluate } from './evaluation.ts';

/** The detectors were tuned on the first seed only. */
const SEEDS = [1, 2, 3] as const;
const SIZE = { services: 300, people: 150, tries: 4 };
const WAYS = [
  { name: 'as it is', options: {} },
  { name: 'user agents masked', options: { masked: true } },
  {
    name: 'attackers with Terraform’s user agent',
    options: { attackerAgent: 'HashiCorp Terraform/1.9 terraform-provider-aws/5.7' },
  },
] as const;

const percent = (part: number): string => `${Math.round(part * 100)} %`.padStart(6);

function line(
  name: string,
  { recall, falseADay, lostBefore, mostMessagesOfAnIncident, events }: Evaluation,
): string {
  const parts = Object.entries(recall).map(([cls, part]) => `${cls} ${percent(part)}`);
  const lost = `lost before the first alert: ${lostBefore.loud?.toFixed(1)} loud, ${lostBefore.slow?.toFixed(1)} slow`;
  return `${name}\n  ${parts.join('  ')}\n  false alerts a day ${falseADay.toFixed(2)}, ${lost}, at most ${mostMessagesOfAnIncident} messages of an incident, ${events} events`;
}

for (const seed of SEEDS)
  for (const { name, options } of WAYS) {
    const result = await evaluate({ seed, ...SIZE, ...options });
    console.log(line(`seed ${seed}${seed === SEEDS[0] ? ' (tuned on)' : ''}, ${name}`, result));
    if (process.argv.includes('--details')) {
      for (const missed of new Set(result.missed))
        console.log(`  missed: ${missed} (${result.missed.filter((one) => one === missed).length})`);
      for (const alert of result.falseAlerts.slice(0, 20)) console.log(`  false: ${alert}`);
    }
  }
