import type { FastifyInstance } from 'fastify';
import { UserError } from '../errors.ts';
import { callIn } from './incoming.ts';
import { silentMp3 } from './recording.ts';
import type { Sandbox } from './server.ts';

/** Serves what a tester needs and Exotel does not have, under `/sandbox/`. */
export function registerControl(
  server: FastifyInstance,
  sandbox: Pick<Sandbox, 'truth' | 'requests' | 'reset' | 'settings'> & { control(patch: unknown): void },
): void {
  server.get('/sandbox/truth', async () => sandbox.truth());
  server.get('/sandbox/requests', async () => sandbox.requests());

  server.post('/sandbox/control', async (request, reply) => {
    try {
      sandbox.control(request.body);
      return await reply.code(204).send();
    } catch (error) {
      if (error instanceof UserError) return reply.code(400).send({ error: error.message });
      throw error;
    }
  });

  server.post('/sandbox/incoming', async (request, reply) => {
    try {
      return await reply.send(await callIn(request.body, sandbox.settings.current));
    } catch (error) {
      if (error instanceof UserError) return reply.code(400).send({ error: error.message });
      throw error;
    }
  });

  const reset = async (): Promise<void> => sandbox.reset();
  server.post('/sandbox/reset', async (_request, reply) => reset().then(() => reply.code(204).send()));
  server.delete('/sandbox/truth', async (_request, reply) => reset().then(() => reply.code(204).send()));

  server.get('/sandbox/recordings/:file', async (_request, reply) =>
    reply.type('audio/mpeg').send(silentMp3()),
  );
}
