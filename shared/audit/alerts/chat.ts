/**
 * The form in which Amazon Q Developer in chat applications takes notices of one's own from SNS.
 * https://docs.aws.amazon.com/chatbot/latest/adminguide/custom-notifs.html
 */
import type { Alert } from './alert.ts';

export interface ChatNotice {
  readonly version: '1.0';
  readonly source: 'custom';
  readonly id: string;
  readonly content: {
    readonly textType: 'client-markdown';
    readonly title: string;
    readonly description: string;
    readonly nextSteps: readonly string[];
  };
  readonly metadata: { readonly threadId: string; readonly summary: string };
}

/** Texts of the alert are plain already, so that nothing in them is taken for markup. */
export const chatNoticeOf = (alert: Alert): ChatNotice => ({
  version: '1.0',
  source: 'custom',
  id: alert.id,
  content: {
    textType: 'client-markdown',
    title: `${ICONS[alert.severity]} ${alert.title}`,
    description: descriptionOf(alert),
    nextSteps: [...alert.runbook.slice(0, 5), alert.links.event],
  },
  metadata: { threadId: alert.incidentId, summary: `${alert.severity}: ${alert.title}` },
});

const ICONS = {
  low: ':white_circle:',
  medium: ':large_yellow_circle:',
  high: ':large_orange_circle:',
  critical: ':red_circle:',
};

/** Chat programs take some thousand characters; the work list is in the mail and the JSON. */
const MOST_SENTENCES = 6;

const descriptionOf = ({ principal, accountId, region, findings, secrets }: Alert): string =>
  [
    `By ${principal.key}, in account ${accountId}, ${region}`,
    ...findings.flatMap(({ because }) => because.slice(0, 2)).slice(0, MOST_SENTENCES),
    ...(secrets.total === 0 ? [] : [`Secrets: ${namesOf(secrets)}`]),
  ].join('\n');

function namesOf({ total, listed }: Alert['secrets']): string {
  const names = listed.slice(0, 10).map(({ name }) => name);
  return `${names.join(', ')}${total > names.length ? ` and ${total - names.length} more` : ''}`;
}
