import type { FastifyInstance } from 'fastify';

declare module 'fastify' {
  interface FastifyRequest {
    /** The content type as it came. */
    givenContentType: string | null;
  }
}

/**
 * Lets the routes of this scope take any body as its bytes, whatever it claims to be, also by a type that is none: what
 * Exotel sends is stored as it came and read afterwards.
 */
export function takeAnyBody(scope: FastifyInstance): void {
  scope.decorateRequest('givenContentType', null);
  scope.addHook('onRequest', async (request) => {
    request.givenContentType = request.headers['content-type'] ?? null;
    request.headers['content-type'] = 'application/octet-stream';
  });
  scope.removeAllContentTypeParsers();
  scope.addContentTypeParser('*', { parseAs: 'buffer' }, (_request, body, done) => {
    done(null, body);
  });
}
