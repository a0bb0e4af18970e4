/** A queue of the account that is subscribed to a topic of alerts, as an operator would have one. */
import { setTimeout as sleep } from 'node:timers/promises';
import { ListTopicsCommand, SNSClient, SubscribeCommand } from '@aws-sdk/client-sns';
import {
  CreateQueueCommand,
  DeleteMessageCommand,
  ReceiveMessageCommand,
  SQSClient,
  type SQSClientConfig,
} from '@aws-sdk/client-sqs';
import type { ReceivedAlert } from '../audit/pipeline.ts';

export interface AlertQueue extends AsyncDisposable {
  /** Waits for an alert. @returns `undefined` when none has come for a while */
  next(): Promise<ReceivedAlert | undefined>;
  /** What is there now, or some of it. */
  take(): Promise<readonly ReceivedAlert[]>;
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

  async function receive(WaitTimeSeconds: number): Promise<ReceivedAlert[]> {
    const { Messages = [] } = await sqs.send(new ReceiveMessageCommand({ QueueUrl, WaitTimeSeconds }));
    return await Promise.all(
      Messages.map(async ({ Body = '', ReceiptHandle }) => {
        await sqs.send(new DeleteMessageCommand({ QueueUrl, ReceiptHandle }));
        return JSON.parse((JSON.parse(Body) as { Message: string }).Message) as ReceivedAlert;
      }),
    );
  }

  return {
    take: () => receive(0),
    async next() {
      for (let waits = 0; waits < WAITS; waits++) {
        const [alert] = await receive(WAIT_SECONDS);
        if (alert !== undefined) return alert;
      }
      return undefined;
    },
    async [Symbol.asyncDispose]() {
      sns.destroy();
      sqs.destroy();
    },
  };
}

export interface AlertWatch extends AsyncDisposable {
  /** Rejects when the account can be asked no more. */
  readonly failed: Promise<never>;
}

/** Subscribes to the topic of alerts as soon as one is deployed, and to each later one. */
export function watchAlerts(settings: SQSClientConfig, told: (alert: ReceivedAlert) => void): AlertWatch {
  const sns = new SNSClient(settings as object);
  const queues = new Map<string, AlertQueue>();
  const { promise: failed, reject } = Promise.withResolvers<never>();
  const stop = new AbortController();

  async function look(): Promise<void> {
    const { Topics = [] } = await sns.send(new ListTopicsCommand({}));
    for (const { TopicArn = '' } of Topics)
      if (/-AlertTopic-/.test(TopicArn) && !queues.has(TopicArn))
        queues.set(TopicArn, await subscribe(settings, TopicArn));
    for (const queue of queues.values()) for (const alert of await queue.take()) told(alert);
  }

  async function watch(): Promise<void> {
    while (!stop.signal.aborted) {
      await look();
      await sleep(1000, undefined, { signal: stop.signal }).catch(() => {});
    }
  }

  const ended = watch().catch(reject);
  return {
    failed,
    async [Symbol.asyncDispose]() {
      stop.abort();
      await ended;
      for (const queue of queues.values()) await queue[Symbol.asyncDispose]();
      sns.destroy();
    },
  };
}
