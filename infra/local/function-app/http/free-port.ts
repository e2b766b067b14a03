/** Listens on loopback, on the wanted port or, if it is taken, on the next free one. */
import type { Server } from 'node:http';
import type { AddressInfo } from 'node:net';

export const loopback = '127.0.0.1';

export async function listenNear(
  server: Server,
  wanted: number,
  maxAttempts = 50,
): Promise<number> {
  for (let port = wanted; ; port++) {
    const taken = await isPortTaken(server, port);
    if (!taken) return (server.address() as AddressInfo).port;
    if (port === wanted + maxAttempts || port === 65_535)
      throw new Error(
        `The ports ${wanted} to ${port} are in use. Choose another port with --port.`,
      );
  }
}

/** Resolves to true if another program uses the port. */
const isPortTaken = (server: Server, port: number) =>
  new Promise<boolean>((resolve, reject) => {
    const failed = (error: NodeJS.ErrnoException) =>
      error.code === 'EADDRINUSE' ? resolve(true) : reject(error);
    server.once('error', failed).listen(port, loopback, () => {
      server.off('error', failed);
      resolve(false);
    });
  });
