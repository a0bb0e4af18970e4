/** A door before an RDS API: it counts the calls, and answers those itself that the emulator behind it cannot. */
import { createServer, type IncomingMessage } from 'node:http';
import { text } from 'node:stream/consumers';
import { freePortOf } from './listen.ts';

export interface Answer {
  readonly status: number;
  /** XML of the Query protocol. */
  readonly body: string;
}

export interface RdsFront extends AsyncDisposable {
  readonly endpoint: string;
  /** Actions in the order of the calls. */
  readonly calls: readonly string[];
}

/**
 * @param answers by action, e.g. `DescribeDBInstances`; `withhold` leaves the caller without an answer
 * @param behind address of the API that gets all other calls
 */
export async function startRdsFront(
  answers: Readonly<Record<string, Answer | 'withhold'>>,
  behind = 'http://127.0.0.1:1',
): Promise<RdsFront> {
  const calls: string[] = [];
  const server = createServer(async (request, response) => {
    const body = await text(request);
    const action = new URLSearchParams(body).get('Action') ?? '';
    calls.push(action);
    const answer = answers[action] ?? (await forward(behind, request, body));
    if (answer === 'withhold') return;
    response.writeHead(answer.status, { 'content-type': 'text/xml' }).end(answer.body);
  });
  const port = await freePortOf(server);
  return {
    endpoint: `http://127.0.0.1:${port}`,
    calls,
    [Symbol.asyncDispose]: async () => {
      server.close();
      server.closeAllConnections();
    },
  };
}

async function forward(endpoint: string, { headers }: IncomingMessage, body: string): Promise<Answer> {
  const kept = { authorization: headers.authorization ?? '', 'content-type': headers['content-type'] ?? '' };
  const response = await fetch(endpoint, { method: 'POST', headers: kept, body });
  return { status: response.status, body: await response.text() };
}

export const rdsFault = (code: string, status: number): Answer => ({
  status,
  body: `<ErrorResponse><Error><Type>Sender</Type><Code>${code}</Code><Message>no</Message></Error><RequestId>1</RequestId></ErrorResponse>`,
});

/** @see https://docs.aws.amazon.com/AmazonRDS/latest/APIReference/API_DescribeBlueGreenDeployments.html */
export function blueGreenDeployments(source: string, statuses: readonly string[]): Answer {
  const members = statuses.map(
    (status) =>
      `<member><BlueGreenDeploymentIdentifier>bgd-${status.toLowerCase()}</BlueGreenDeploymentIdentifier><Source>${source}</Source><Status>${status}</Status></member>`,
  );
  const result = `<BlueGreenDeployments>${members.join('')}</BlueGreenDeployments>`;
  return {
    status: 200,
    body: `<DescribeBlueGreenDeploymentsResponse><DescribeBlueGreenDeploymentsResult>${result}</DescribeBlueGreenDeploymentsResult></DescribeBlueGreenDeploymentsResponse>`,
  };
}
