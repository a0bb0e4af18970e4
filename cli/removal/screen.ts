/** What `npm run remove` prints. */
import type { Kept } from './kept.ts';

export const attachedText = (stack: string, region: string, secrets: readonly string[]): string =>
  `Nothing was removed. ${stack} still rotates ${secrets.length === 1 ? 'a secret' : `${secrets.length} secrets`}, whose next rotation would fail without its functions:

${secrets.map((name) => `  ${name}\n`).join('')}
Have another function rotate each (its configuration is tested, and its password stays as it is):

  aws secretsmanager rotate-secret --region ${region} --no-rotate-immediately --rotation-lambda-arn ARN --secret-id ${secrets[0]}

or end its rotation, after which its password stays as it is:

  aws secretsmanager cancel-rotate-secret --region ${region} --secret-id ${secrets[0]}
`;

export const keptText = (kept: readonly Kept[]): string =>
  kept.length === 0
    ? ''
    : `
Left in the account, for what is in it cannot be made again; delete it by hand when nobody needs it:

${kept.map(({ type, id }) => `  ${type.replace(/^AWS::/, '').padEnd(22)} ${id}\n`).join('')}`;
