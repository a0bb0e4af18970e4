/** Takes one batch of 10,000 messages in a process of its own, and prints the most memory that it held, in bytes. */
import { readFileSync } from 'node:fs';
import { InProcessMemory } from '../../shared/audit/memory/in-process.ts';
import { takeEvent } from '../../shared/handlers/audit.ts';
import { auditOn } from './company-day.ts';

/** As the runtime has parsed it. */
const batch = {
  Records: readFileSync(process.argv[2] ?? '', 'utf8')
    .split('\n')
    .map((body, at) => ({ eventSource: 'aws:sqs', messageId: `${at}`, body })),
};
await takeEvent(auditOn(new InProcessMemory()), batch, {});
process.stdout.write(String(process.resourceUsage().maxRSS * 1024));
