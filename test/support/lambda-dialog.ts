/** Says each word to a server and waits for its answer. */
import { once } from 'node:events';
import { connect } from 'node:net';

export async function handler({ port, say }: { port: number; say: readonly string[] }): Promise<void> {
  const socket = connect(port, '127.0.0.1');
  for (const word of say) {
    socket.write(word);
    await once(socket, 'data');
  }
  socket.destroy();
}
