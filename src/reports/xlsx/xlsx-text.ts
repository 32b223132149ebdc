/** What XML cannot hold, or its readers would change: the format has an escape for it. */
const unwritable = /(?![\t\n])\p{Cc}|\p{Noncharacter_Code_Point}|\p{Cs}|\ufffd/gu;

/** What reads like such an escape although it is none. */
const looksEscaped = /_(?=x[0-9a-f]{4}_)/giu;

/** Printable ASCII but for `_` and what is markup. Most cells are, and a workbook has millions of them. */
const ordinary = /^[ -%'-;=?-^`-~]*$/;

/**
 * A text as the content of an element: with the escapes of ECMA-376 (22.9.2.19) where XML has none, and with those of
 * XML.
 */
export function xlsxText(text: string): string {
  if (ordinary.test(text)) return text;
  return text
    .replaceAll(looksEscaped, escape)
    .replaceAll(unwritable, escape)
    .replaceAll('&', '&amp;')
    .replaceAll('<', '&lt;')
    .replaceAll('>', '&gt;');
}

function escape(characters: string): string {
  return Array.from({ length: characters.length }, (_, index) => {
    const unit = characters.charCodeAt(index).toString(16).toUpperCase();
    return `_x${unit.padStart(4, '0')}_`;
  }).join('');
}
