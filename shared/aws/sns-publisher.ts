/** Alerts on SNS: the JSON with a readable text for mail, and a second topic, if there is one, for chat. */
import { type MessageAttributeValue, PublishCommand, SNSClient } from '@aws-sdk/client-sns';
import type { Alert } from '../audit/alerts/alert.ts';
import { chatNoticeOf } from '../audit/alerts/chat.ts';
import { subjectOf, textOf } from '../audit/alerts/text.ts';
import type { Publisher } from '../audit/incidents/publisher.ts';
import { KeyturnError } from '../core/errors.ts';
import { isTransient, nameOf } from './failure.ts';
import { TIMEOUTS } from './time-outs.ts';

export interface Topics {
  readonly alerts: string;
  readonly chat: string | undefined;
}

/** Its publish throws KeyturnError ALERT_NOT_SENT when SNS does not take the alert. */
export function snsPublisher({ alerts, chat }: Topics): Publisher {
  const client = new SNSClient({ requestHandler: TIMEOUTS });

  async function publish(command: PublishCommand): Promise<void> {
    try {
      await client.send(command);
    } catch (error) {
      throw new KeyturnError('ALERT_NOT_SENT', `Publish answered ${nameOf(error)}.`, {
        awsError: nameOf(error),
        retryable: isTransient(error),
      });
    }
  }

  return {
    async publish(alert) {
      await publish(alertCommand(alerts, alert));
      if (chat !== undefined)
        await publish(new PublishCommand({ TopicArn: chat, Message: JSON.stringify(chatNoticeOf(alert)) }));
    },
  };
}

/** Each protocol gets the part that is for it: people read the text, programs the JSON. */
const alertCommand = (topic: string, alert: Alert): PublishCommand =>
  new PublishCommand({
    TopicArn: topic,
    Subject: subjectOf(alert),
    MessageStructure: 'json',
    Message: JSON.stringify({
      default: JSON.stringify(alert),
      email: textOf(alert),
    }),
    MessageAttributes: attributesOf(alert),
  });

/** For filter policies. */
const attributesOf = ({
  severity,
  stage,
  accountId,
  region,
  findings,
}: Alert): Record<string, MessageAttributeValue> => ({
  severity: text(severity),
  stage: text(stage),
  accountId: text(accountId),
  region: text(region),
  detectors: {
    DataType: 'String.Array',
    StringValue: JSON.stringify(findings.map(({ detector }) => detector)),
  },
});

const text = (value: string): MessageAttributeValue => ({ DataType: 'String', StringValue: value });
