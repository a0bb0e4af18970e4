/** What the best-known rule sets have in the place of a detector: by reading their rules and documentation in 2026. */
export const ELSEWHERE: Readonly<Record<string, string>> = {
  'burst-read':
    'Elastic: 20 different requests in 6 minutes, browsers left out. Datadog: an unusual number for the user.',
  'first-read':
    'Elastic: a user’s first read in 5 days, whichever secret. Datadog: a user’s first, after 7 days of learning. Sumo: the first list of secrets in 30 days.',
  'new-reader': 'As first-read.',
  'broad-batch': 'Panther: any batch, five a day; and a filter by tag keys that excludes.',
  'first-batch': 'aws-security-survival-kit: any batch, by a rule that is not in the state that sends reads.',
  'many-regions': 'Panther: batches in 5 Regions within 10 minutes. Datadog: refusals in many Regions.',
  'denied-probes': 'Panther: 20 refused reads a day.',
  'deleted-secret-read': 'AWS: a metric filter and an alarm, in the user guide.',
  'human-read': 'Datadog: any read from a CloudShell.',
  'root-use': 'Most: any use of root, or its writes.',
  'workload-outside': 'GuardDuty: credentials of an instance outside of it.',
  'split-session': 'Elastic: one session from several addresses in half an hour.',
  'new-network': 'Elastic: a key’s first address, a rare network. Sumo: an address that is not Amazon’s.',
  'unusual-tool': 'Elastic: user agents of attack tools. GuardDuty: the same.',
  honeytoken: 'Panther: by a finding of Security Hub, off by default. AWS: a solution in a blog.',
  'endpoint-denied': 'Panther: calls that an endpoint’s trail has, refused or not.',
  'reference-read': 'Elastic: first decryption of a parameter; not the path of secrets.',
  'policy-exposure': 'Panther: a policy that makes a resource public.',
  'key-opened': 'Elastic: any change of a key’s policy.',
  'secret-deleted': 'Leonidas: any deletion, by a pattern that matches nothing.',
  'rotation-off': 'Security Hub SecretsManager.1 and Config, as a state and not as an event.',
  'rotation-failed': 'Security Hub SecretsManager.2, as a state.',
  'rotation-overdue': 'Security Hub SecretsManager.2 and .4, as a state.',
  'audit-tampered': 'Elastic, streamalert and others: trails and rules that are switched off.',
};
