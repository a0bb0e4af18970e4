/** The events in what a function is invoked with, or a file holds. */
import { gunzipSync } from 'node:zlib';
import type { Logged } from './event.ts';
import { asObject, asText, objectsOf } from './logged.ts';

/**
 * @param document a record, an event of EventBridge, a file that CloudTrail delivered (`Records`), a list of any of
 * these, or what a subscription to a log sends (`awslogs`).
 * @throws Error when the data of a log subscription is not what CloudWatch Logs sends.
 */
export function eventsIn(document: unknown): readonly unknown[] {
  if (Array.isArray(document)) return document.flatMap(eventsIn);
  const object = asObject(document);
  if (Array.isArray(object?.['Records'])) return object['Records'];
  const data = asText(asObject(object?.['awslogs'])?.['data']);
  return data === undefined ? [document] : failedSteps(asObject(JSON.parse(unzipped(data))));
}

const unzipped = (data: string): string => gunzipSync(Buffer.from(data, 'base64')).toString();

/** The outcome lines of failed steps, as events of ours; whatever else was logged is passed over. */
const failedSteps = (batch: Logged | undefined): unknown[] =>
  objectsOf(batch?.['logEvents']).flatMap((entry) => {
    const line = parsed(asText(entry?.['message']));
    const arn = asText(line?.['secretArn']);
    const code = asText(line?.['errorCode']);
    if (arn === undefined || code === undefined) return [];
    const [, , , region, account] = arn.split(':');
    return {
      id: asText(entry?.['id']),
      time: new Date(Number(entry['timestamp'])).toISOString(),
      source: 'keyturn',
      'detail-type': 'Step Failed',
      account,
      region,
      detail: {
        arn,
        code,
        cause: asText(line?.['errorMessage']),
        versionId: asText(line?.['versionId']),
        step: asText(line?.['step']),
      },
    };
  });

function parsed(text: string | undefined): Logged | undefined {
  try {
    return asObject(JSON.parse(text ?? ''));
  } catch {
    return undefined;
  }
}
