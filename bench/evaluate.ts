/** `npm run evaluate`: how much of what is staged is found, and how much is told for nothing. Gates, not claims. */
import { DAYS, type Evaluation, evaluate } from './evaluation.ts';

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
  { recall, recallOf, falseADay, lostBefore, minutesBefore, mostMessagesOfAnIncident, events }: Evaluation,
): string {
  const parts = Object.entries(recall).map(([cls, part]) => `${cls} ${percent(part)}`);
  const lost = `lost before the first alert: ${lostBefore.loud?.toFixed(1)} loud, ${lostBefore.slow?.toFixed(1)} slow`;
  const soon = `first alert after ${minutesBefore.loud?.toFixed(1)} minutes loud, ${minutesBefore.slow?.toFixed(0)} slow`;
  const aMillion = ((falseADay * DAYS * 1_000_000) / events).toFixed(1);
  return [
    name,
    parts.join('  '),
    `by principals known before ${percent(recallOf.known)}, by new ones ${percent(recallOf.new)}`,
    `false alerts: ${falseADay.toFixed(2)} a day, ${aMillion} a million events; at most ${mostMessagesOfAnIncident} messages of an incident`,
    `${lost}; ${soon}; ${events} events`,
  ].join('\n  ');
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
