import { once } from 'node:events';
import type { AddressInfo, Server } from 'node:net';

/** Starts the server on 127.0.0.1. @returns the port it got. */
export async function freePortOf(server: Server): Promise<number> {
  await once(server.listen(0, '127.0.0.1'), 'listening');
  return (server.address() as AddressInfo).port;
}
