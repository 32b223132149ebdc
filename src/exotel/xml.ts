import type { Fields } from './fields.ts';

type Content = string | { [name: string]: Content | Content[] };

interface Element {
  name: string;
  text: string;
  children: Element[];
}

/** A tag, a piece of CDATA, or what is passed over: comments, declarations. */
const markup =
  /<!\[CDATA\[([\s\S]*?)\]\]>|<!--[\s\S]*?-->|<[?!][^<>]*>|<(\/?)([A-Za-z_][\w.-]*)[^<>]*?(\/?)>/g;

/**
 * An XML answer as an object: `{ root: { child: … } }`, texts as strings, children of one name as a list. Attributes
 * are left out; Exotel puts nothing into them that is needed. Null for anything that is not one whole document.
 */
export function parseXml(text: string): Fields | null {
  const top: Element = { name: '', text: '', children: [] };
  const open = [top];
  let read = 0;
  for (const match of text.matchAll(markup)) {
    const inside = open.at(-1) ?? top;
    inside.text += unescapeXml(text.slice(read, match.index));
    read = match.index + match[0].length;
    const [, cdata, closing, name, alone] = match;
    if (cdata !== undefined) inside.text += cdata;
    if (name === undefined) continue;
    if (closing === '/') {
      if (open.length === 1 || inside.name !== name) return null;
      open.pop();
      continue;
    }
    const element: Element = { name, text: '', children: [] };
    inside.children.push(element);
    if (alone === '') open.push(element);
  }
  const whole = open.length === 1 && top.children.length === 1;
  const stray = top.text + text.slice(read);
  return whole && stray.trim() === '' ? childrenOf(top) : null;
}

function contentOf(element: Element): Content {
  return element.children.length === 0 ? element.text.trim() : childrenOf(element);
}

function childrenOf(element: Element): { [name: string]: Content | Content[] } {
  const byName = new Map<string, Content[]>();
  for (const child of element.children) {
    const contents = byName.get(child.name) ?? [];
    byName.set(child.name, contents);
    contents.push(contentOf(child));
  }
  return Object.fromEntries(
    [...byName].map(([name, contents]) => [name, contents.length === 1 ? (contents[0] ?? '') : contents]),
  );
}

const entities: Readonly<Record<string, string>> = {
  '&lt;': '<',
  '&gt;': '>',
  '&quot;': '"',
  '&apos;': "'",
  '&amp;': '&',
};

/** The five named entities and numeric ones as the characters they stand for; others stay as they are. */
export function unescapeXml(text: string): string {
  return text.replaceAll(
    /&(?:lt|gt|quot|apos|amp|#(\d{1,7})|#x([\da-f]{1,6}));/gi,
    (entity, decimal?: string, hexadecimal?: string) => {
      if (decimal !== undefined) return characterOf(Number(decimal)) ?? entity;
      if (hexadecimal !== undefined) return characterOf(Number.parseInt(hexadecimal, 16)) ?? entity;
      return entities[entity] ?? entity;
    },
  );
}

/** Null for a number that is no character: NUL, half a surrogate pair, or beyond Unicode. */
function characterOf(code: number): string | null {
  const isCharacter = code > 0 && code <= 0x10_ff_ff && !(code >= 0xd8_00 && code <= 0xdf_ff);
  return isCharacter ? String.fromCodePoint(code) : null;
}
