/** What the local Lambda's tests invoke; `event.do` chooses. */
import { connect } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Context } from 'aws-lambda';

interface Event {
  readonly do: keyof typeof actions;
  readonly port?: number;
}

class CustomError extends Error {
  override name = 'CUSTOM_CODE';
}

let invocations = 0;

const actions = {
  echo: (event: Event) => event,
  nothing: () => undefined,
  env: () => process.env,
  count: () => ++invocations,
  context: (_: Event, context: Context) => ({
    ...context,
    remaining: context.getRemainingTimeInMillis(),
  }),
  print: () => {
    process.stdout.write('half ');
    console.log('a line');
    console.error('an error line');
  },
  fail: () => {
    throw new CustomError('what went wrong');
  },
  failWithText: () => Promise.reject('a text'),
  exit: () => process.exit(3),
  failLater: () => {
    setTimeout(() => {
      throw new CustomError('nobody caught it');
    });
    return sleep(10_000);
  },
  sleep: () => sleep(100, 'slept'),
  spin: () => {
    for (;;);
  },
  async hold({ port = 0 }: Event) {
    const socket = connect(port, '127.0.0.1');
    try {
      socket.write('held');
      await sleep(60_000);
    } finally {
      console.log('finally ran');
    }
  },
};

export const handler = async (event: Event, context: Context) => actions[event.do](event, context);
