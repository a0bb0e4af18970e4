/** Addresses of the AWS console, which differ by partition. */

/** @param region as logged: whatever is no Region's name leads to the console's front door. */
function consoleOf(region: string): string {
  if (!/^[a-z]{2,4}(-[a-z]+)+-\d{1,2}$/.test(region)) return 'https://console.aws.amazon.com';
  if (region.startsWith('cn-')) return `https://${region}.console.amazonaws.cn`;
  if (region.startsWith('us-gov-')) return `https://${region}.console.amazonaws-us-gov.com`;
  if (region.startsWith('eusc-')) return `https://${region}.console.amazonaws-eusc.eu`;
  return `https://${region}.console.aws.amazon.com`;
}

export const secretLink = (region: string, name: string): string =>
  `${consoleOf(region)}/secretsmanager/secret?name=${encodeURIComponent(name)}&region=${encodeURIComponent(region)}`;

/** CloudTrail's event history of one attribute: an event's id or an access key. */
export const historyLink = (region: string, attribute: 'EventId' | 'AccessKeyId', value: string): string =>
  `${consoleOf(region)}/cloudtrailv2/home?region=${encodeURIComponent(region)}#/events?${attribute}=${encodeURIComponent(value)}`;
