/** What XML cannot hold, or the writer would leave out: the format has an escape for it. */
const unwritable = /(?![\t\n])\p{Cc}|\p{Noncharacter_Code_Point}|\p{Cs}|\ufffd/gu;

/** What reads like such an escape although it is none. */
const looksEscaped = /_(?=x[0-9a-f]{4}_)/giu;

/** Most cells have nothing to escape, and a workbook has millions of them. */
const ordinary = /^[ -^`-~]*$/;

/**
 * A text as it must be handed to the writer to be read back as it was: with the escapes of ECMA-376 (22.9.2.19) where
 * XML has none. The writer looks texts up in a plain object, in which a cell `constructor` would find a function: the
 * names that every object has are escaped too.
 */
export function xlsxText(text: string): string {
  const escaped = ordinary.test(text)
    ? text
    : text.replaceAll(looksEscaped, escape).replaceAll(unwritable, escape);
  return escaped in {} ? escape(escaped.slice(0, 1)) + escaped.slice(1) : escaped;
}

function escape(characters: string): string {
  return Array.from({ length: characters.length }, (_, index) => {
    const unit = characters.charCodeAt(index).toString(16).toUpperCase();
    return `_x${unit.padStart(4, '0')}_`;
  }).join('');
}
