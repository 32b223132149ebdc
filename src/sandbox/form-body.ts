import type { FastifyInstance, FastifyRequest } from 'fastify';

/** Lets the routes of this scope take forms, urlencoded or multipart; the body becomes URLSearchParams. */
export function acceptForms(scope: FastifyInstance): void {
  for (const type of ['application/x-www-form-urlencoded', 'multipart/form-data']) {
    scope.addContentTypeParser(type, { parseAs: 'buffer' }, readForm);
  }
}

/** A form's fields in their order; files are left out. Throws an error of status 400 for a broken form. */
async function readForm({ headers }: FastifyRequest, body: Buffer): Promise<URLSearchParams> {
  const contentType = headers['content-type'] ?? '';
  if (contentType.startsWith('application/x-www-form-urlencoded')) {
    return new URLSearchParams(body.toString());
  }
  const fields = new URLSearchParams();
  try {
    const form = await new Response(new Uint8Array(body), {
      headers: { 'content-type': contentType },
    }).formData();
    for (const [name, value] of form) if (typeof value === 'string') fields.append(name, value);
  } catch (error) {
    throw Object.assign(new Error('The form cannot be read', { cause: error }), { statusCode: 400 });
  }
  return fields;
}
