/** CloudWatch's log filters that look into JSON, which the emulator does not know, and ids of lines, which it lacks. */
import { createHash } from 'node:crypto';
import {
  CloudWatchLogsClient,
  type CloudWatchLogsClientConfig,
  type FilteredLogEvent,
  FilterLogEventsCommand,
  type FilterLogEventsCommandInput,
} from '@aws-sdk/client-cloudwatch-logs';
import type { Bridge } from './gateway.ts';

export interface Logs extends Bridge {
  close(): void;
}

type Fields = Readonly<Record<string, unknown>>;

export function logsOf(settings: CloudWatchLogsClientConfig): Logs {
  const client = new CloudWatchLogsClient(settings);
  return {
    takes: ({ 'x-amz-target': target }) => target === 'Logs_20140328.FilterLogEvents',
    async answer(body) {
      const { filterPattern = '', ...input } = JSON.parse(body) as FilterLogEventsCommandInput;
      const wanted = fieldsOf(filterPattern);
      if (wanted === undefined) return undefined;
      const { events = [] } = await client.send(new FilterLogEventsCommand(input));
      const found = events.filter(({ message = '' }) => has(message, wanted)).map(named);
      return { type: 'application/x-amz-json-1.1', text: JSON.stringify({ events: found }) };
    },
    close: () => client.destroy(),
  };
}

const named = (event: FilteredLogEvent): FilteredLogEvent => ({
  ...event,
  eventId: createHash('sha256').update(`${event.timestamp} ${event.message}`).digest('hex'),
});

/** Of `{ $.name = "text" && … }`. @returns `undefined` for any other pattern */
function fieldsOf(pattern: string): Fields | undefined {
  const [, inside] = /^\{(.*)\}$/.exec(pattern.trim()) ?? [];
  const fields = inside?.split('&&').map((one) => /^ *\$\.(\w+) = "([^"]*)" *$/.exec(one)?.slice(1));
  if (fields?.every((field) => field !== undefined)) return Object.fromEntries(fields);
  return undefined;
}

function has(message: string, wanted: Fields): boolean {
  if (!message.startsWith('{')) return false;
  const fields = JSON.parse(message) as Fields;
  return Object.entries(wanted).every(([name, value]) => fields[name] === value);
}
