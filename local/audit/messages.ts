/** SNS and SQS on fauxqs, a third party's: in memory, on 127.0.0.1. Its own start would listen on all addresses. */
import { CreateTopicCommand, SNSClient, SubscribeCommand } from '@aws-sdk/client-sns';
import {
  CreateQueueCommand,
  DeleteMessageBatchCommand,
  ReceiveMessageCommand,
  SQSClient,
} from '@aws-sdk/client-sqs';
import { buildApp } from 'fauxqs';

export interface LocalMessages extends AsyncDisposable {
  readonly endpoint: string;
  /** Makes a topic, and a queue that gets all that is published to it. */
  topic(name: string): Promise<LocalTopic>;
}

export interface LocalTopic {
  readonly arn: string;
  /** What was published since the last call. */
  take(): Promise<readonly Published[]>;
}

export interface Published {
  readonly Message: string;
  readonly Subject?: string;
  readonly MessageAttributes?: Readonly<Record<string, { readonly Type: string; readonly Value: string }>>;
}

export async function startMessages(region: string): Promise<LocalMessages> {
  const app = buildApp({ logger: false, defaultRegion: region });
  const endpoint = await app.listen({ port: 0, host: '127.0.0.1' });
  const settings = { endpoint, region, credentials: { accessKeyId: 'local', secretAccessKey: 'local' } };
  const sns = new SNSClient(settings);
  const sqs = new SQSClient(settings);

  async function take(QueueUrl: string): Promise<Published[]> {
    const { Messages = [] } = await sqs.send(
      new ReceiveMessageCommand({ QueueUrl, MaxNumberOfMessages: 10 }),
    );
    if (Messages.length === 0) return [];
    const Entries = Messages.map(({ ReceiptHandle }, at) => ({ Id: String(at), ReceiptHandle }));
    await sqs.send(new DeleteMessageBatchCommand({ QueueUrl, Entries }));
    return [
      ...Messages.map(({ Body = '' }) => asDelivered(JSON.parse(Body) as Published)),
      ...(await take(QueueUrl)),
    ];
  }

  return {
    endpoint,
    async topic(name) {
      const { TopicArn = '' } = await sns.send(new CreateTopicCommand({ Name: name }));
      const { QueueUrl = '' } = await sqs.send(new CreateQueueCommand({ QueueName: name }));
      const Endpoint = TopicArn.replace(':sns:', ':sqs:');
      await sns.send(new SubscribeCommand({ TopicArn, Protocol: 'sqs', Endpoint }));
      return { arn: TopicArn, take: () => take(QueueUrl) };
    },
    [Symbol.asyncDispose]: async () => {
      sns.destroy();
      sqs.destroy();
      await app.close();
    },
  };
}

/** fauxqs passes over `MessageStructure: json`, by which a queue gets the `default` part only. */
function asDelivered(published: Published): Published {
  const { default: part } = JSON.parse(published.Message) as { default?: string };
  return part === undefined ? published : { ...published, Message: part };
}
