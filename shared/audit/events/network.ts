/** The network that a call came from, coarse enough to survive a new lease and fine enough to tell two offices apart. */
import { BlockList, isIP } from 'node:net';
import { kept } from '../../core/kept.ts';
import type { Origin } from './event.ts';

/**
 * @returns the VPC endpoint, else the /24 of an IPv4 address or the /48 of an IPv6 address; undefined for calls that
 * a service made. Behind an endpoint the address is the caller's choice, so the endpoint is what counts.
 */
export const networkOf = ({ address, vpcEndpointId }: Origin): string | undefined =>
  vpcEndpointId ?? networkOfAddress(address).network;

const networkOfAddress = kept(5000, (address) => ({ network: findNetwork(address) }));

function findNetwork(address: string): string | undefined {
  const dot = address.lastIndexOf('.');
  if (dot > 0 && isDigit(address.charCodeAt(address.length - 1)) && isDigit(address.charCodeAt(0)))
    return `${address.slice(0, dot)}.0/24`;
  if (address.includes(':')) return `${ipv6Groups(address).slice(0, 3).join(':')}::/48`;
  return undefined;
}

const isDigit = (code: number): boolean => code >= 48 && code <= 57;

/** The eight groups, without leading zeros. */
function ipv6Groups(address: string): string[] {
  const [before = '', after] = address.toLowerCase().split('::');
  const left = before === '' ? [] : before.split(':');
  const right = after === undefined || after === '' ? [] : after.split(':');
  const missing = after === undefined ? 0 : Math.max(0, 8 - left.length - right.length);
  return [...left, ...Array<string>(missing).fill('0'), ...right].map((group) =>
    group.replace(/^0+(?=.)/, ''),
  );
}

/** @param blocks CIDR blocks; one that is not is no network. */
export const isWithin = (address: string, blocks: readonly string[]): boolean => {
  const family = isIP(address);
  if (family === 0) return false;
  return blocks.some((block) => listOf(block)?.check(address, family === 4 ? 'ipv4' : 'ipv6') === true);
};

function listOf(block: string): BlockList | undefined {
  const [network = '', bits] = block.split('/');
  const family = isIP(network);
  if (family === 0) return undefined;
  const list = new BlockList();
  list.addSubnet(network, Number(bits ?? (family === 4 ? 32 : 128)), family === 4 ? 'ipv4' : 'ipv6');
  return list;
}
