/** Text that is HTML already. */
export interface Markup {
  readonly html: string;
}

type Part = string | number | Markup | readonly Markup[];

/**
 * A template of HTML: what is put into it is escaped, for content and for attributes in double quotes, unless it is
 * markup itself.
 */
export function markup(texts: TemplateStringsArray, ...parts: Part[]): Markup {
  return {
    html: texts.reduce((html, text, index) => html + textOf(parts[index - 1] ?? '') + text),
  };
}

export const nothing: Markup = { html: '' };

function textOf(part: Part): string {
  if (typeof part === 'string') return part.replaceAll(/[&<>"']/g, (character) => entities[character] ?? '');
  if (typeof part === 'number') return String(part);
  return 'html' in part ? part.html : part.map((one) => one.html).join('');
}

const entities: Record<string, string> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  "'": '&#39;',
};
