import { createServer } from 'node:http';
import { onTestFinished } from 'vitest';
import type { Rig } from '../support/rig.ts';

/** Passes everything on to the sandbox but what it answers itself with a 404: a host that has not all of v3. */
export async function hostWithout(rig: Rig, missing: RegExp): Promise<string> {
  const server = createServer((request, response) => {
    void (async () => {
      const { url = '', method = 'GET', headers } = request;
      const body = Buffer.concat(await request.toArray());
      if (missing.test(url)) {
        response.writeHead(404, { 'content-type': 'text/plain' }).end('not here');
        return;
      }
      const answer = await fetch(`${rig.sandbox.url}${url}`, {
        method,
        headers: {
          authorization: headers.authorization ?? '',
          'content-type': headers['content-type'] ?? 'application/json',
        },
        ...(method !== 'GET' && { body }),
      });
      response
        .writeHead(answer.status, { 'content-type': answer.headers.get('content-type') ?? '' })
        .end(Buffer.from(await answer.arrayBuffer()));
    })();
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  onTestFinished(() => void server.close());
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('the server has no port');
  return `http://127.0.0.1:${address.port}`;
}
