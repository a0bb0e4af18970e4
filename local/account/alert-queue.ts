/** A queue of the account that is subscribed to a topic of alerts, as an operator would have one. */
import { SNSClient, SubscribeCommand } from '@aws-sdk/client-sns';
import {
  CreateQueueCommand,
  DeleteMessageCommand,
  ReceiveMessageCommand,
  SQSClient,
  type SQSClientConfig,
} from '@aws-sdk/client-sqs';

/** The parts of an alert that are looked at here; all of it is in docs/alert.schema.json. */
export interface QueuedAlert {
  readonly severity: string;
  readonly title: string;
  readonly principal: { readonly key: string };
}

export interface AlertQueue extends AsyncDisposable {
  /** Waits for an alert. @returns `undefined` when none has come for a while */
  next(): Promise<QueuedAlert | undefined>;
}

const WAIT_SECONDS = 20;
const WAITS = 3;

export async function subscribe(settings: SQSClientConfig, TopicArn: string): Promise<AlertQueue> {
  const sns = new SNSClient(settings as object);
  const sqs = new SQSClient(settings);
  const name = `${TopicArn.split(':').at(-1)}-operator`;
  const arn = TopicArn.replace(/:sns:(.*):[^:]*$/, `:sqs:$1:${name}`);
  const statement = {
    ...{ Effect: 'Allow', Principal: { Service: 'sns.amazonaws.com' }, Action: 'sqs:SendMessage' },
    ...{ Resource: arn, Condition: { ArnEquals: { 'aws:SourceArn': TopicArn } } },
  };
  const Policy = JSON.stringify({ Version: '2012-10-17', Statement: [statement] });
  const { QueueUrl } = await sqs.send(new CreateQueueCommand({ QueueName: name, Attributes: { Policy } }));
  await sns.send(new SubscribeCommand({ TopicArn, Protocol: 'sqs', Endpoint: arn }));

  const receive = new ReceiveMessageCommand({ QueueUrl, WaitTimeSeconds: WAIT_SECONDS });
  return {
    async next() {
      for (let waits = 0; waits < WAITS; waits++) {
        const { Messages: [message] = [] } = await sqs.send(receive);
        if (message === undefined) continue;
        await sqs.send(new DeleteMessageCommand({ QueueUrl, ReceiptHandle: message.ReceiptHandle }));
        const { Message } = JSON.parse(message.Body ?? '') as { Message: string };
        return JSON.parse(Message) as QueuedAlert;
      }
      return undefined;
    },
    async [Symbol.asyncDispose]() {
      sns.destroy();
      sqs.destroy();
    },
  };
}
