/**
 * The text fields of a multipart/form-data body, in order; null for a body of another kind. The boundary is the body's
 * own first line, so that a wrong or missing content type costs nothing. Files are passed over.
 */
export function parseMultipart(body: string): [name: string, value: string][] | null {
  const boundary = /^(?:\r?\n)?--([^\r\n]{1,200}?)[ \t]*\r?\n/.exec(body)?.[1];
  if (boundary === undefined) return null;
  const parts = body.split(
    new RegExp(`(?:^|\\r?\\n)--${escapePattern(boundary)}(?:--)?[ \\t]*(?:\\r?\\n|$)`),
  );
  return parts.flatMap((part) => {
    const field = parsePart(part);
    return field === null ? [] : [field];
  });
}

const disposition = /^content-disposition:\s*form-data\b(.*)$/im;
const nameParameter = /;\s*name=(?:"((?:[^"\\]|\\.)*)"|([^;\s]+))/i;

function parsePart(part: string): [name: string, value: string] | null {
  const blank = /\r?\n\r?\n/.exec(part);
  if (blank === null) return null;
  const parameters = disposition.exec(part.slice(0, blank.index))?.[1];
  if (parameters === undefined || /;\s*filename\*?=/i.test(parameters)) return null;
  const [, quoted, bare] = nameParameter.exec(parameters) ?? [];
  const name = quoted?.replaceAll(/\\(.)/g, '$1').replaceAll('%22', '"') ?? bare;
  return name === undefined ? null : [name, part.slice(blank.index + blank[0].length)];
}

function escapePattern(text: string): string {
  return text.replaceAll(/[.*+?^${}()|[\]\\]/g, String.raw`\$&`);
}
