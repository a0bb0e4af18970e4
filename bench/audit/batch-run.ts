/** Judges one batch of 10,000 messages in a process of its own, and prints the most memory that it held, in bytes. */
import { readFileSync } from 'node:fs';
import { eventsIn } from '../../shared/audit/events/delivery.ts';
import type { AuditEvent } from '../../shared/audit/events/event.ts';
import { isUnreadable, readEvent } from '../../shared/audit/events/read-event.ts';
import { InProcessMemory } from '../../shared/audit/memory/in-process.ts';
import { auditOn } from './company-day.ts';

const messages = readFileSync(process.argv[2] ?? '', 'utf8').split('\n');
const events: AuditEvent[] = [];
for (const body of messages)
  for (const raw of eventsIn(JSON.parse(body))) {
    const read = readEvent(raw);
    if (read !== undefined && !isUnreadable(read)) events.push(read);
  }
await auditOn(new InProcessMemory()).take(events);
process.stdout.write(String(process.resourceUsage().maxRSS * 1024));
