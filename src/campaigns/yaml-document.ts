import type { Document } from 'yaml';
import { LineCounter, isAlias, isMap, isNode, isPair, isScalar, isSeq, parseDocument } from 'yaml';

export type Path = readonly PropertyKey[];

export interface Place {
  readonly line: number;
  readonly column: number;
}

export interface ReadYaml {
  /** The plain value of the document. */
  readonly content: unknown;
  /** Where the value at a path stands; of a path that is not there, where its nearest parent stands. */
  readonly placeOf: (path: Path) => Place;
  /** Where the key at the end of a path stands. */
  readonly placeOfKey: (path: Path) => Place;
}

export interface YamlProblem extends Place {
  readonly problem: string;
}

/** Reads one YAML document and keeps where everything stood, so that a problem can name its line and column. */
export function readYaml(text: string): ReadYaml | { problems: YamlProblem[] } {
  const lineCounter = new LineCounter();
  const document = parseDocument(text, { lineCounter, prettyErrors: false });
  const placeAt = (offset: number): Place => {
    const { line, col } = lineCounter.linePos(offset);
    return { line: Math.max(line, 1), column: Math.max(col, 1) };
  };
  const faults = [...document.errors, ...document.warnings];
  if (faults.length > 0) {
    return {
      problems: faults.map(({ pos, message }) => ({ ...placeAt(pos[0]), problem: readable(message) })),
    };
  }
  const content = plainValueOf(document);
  if ('problem' in content) return { problems: [{ line: 1, column: 1, problem: content.problem }] };
  return {
    content: content.value,
    placeOf: (path) => placeAt(offsetOf(document, path, 'value')),
    placeOfKey: (path) => placeAt(offsetOf(document, path, 'key')),
  };
}

function readable(message: string): string {
  return `this is not valid YAML (${message.replaceAll(/\s+/g, ' ').trim()}); correct the line`;
}

function plainValueOf(document: Document): { value: unknown } | { problem: string } {
  try {
    // aliases are followed a bounded number of times: a few lines of them can stand for gigabytes
    return { value: document.toJS({ maxAliasCount: 100 }) };
  } catch (error) {
    if (error instanceof ReferenceError) {
      return { problem: 'the aliases (*name) of this file cannot be followed; write the values out' };
    }
    throw error;
  }
}

function offsetOf(document: Document, path: Path, wanted: 'key' | 'value'): number {
  let node: unknown = document.contents;
  let offset = startOf(node) ?? 0;
  path.forEach((segment, depth) => {
    const container = isAlias(node) ? node.resolve(document) : node;
    const found = childOf(container, segment);
    const keyOnly = wanted === 'key' && depth === path.length - 1;
    offset = (keyOnly ? undefined : startOf(found.value)) ?? startOf(found.key) ?? offset;
    node = found.value;
  });
  return offset;
}

function childOf(container: unknown, segment: PropertyKey): { key?: unknown; value?: unknown } {
  if (isSeq(container)) return { value: container.items[Number(segment)] };
  if (!isMap(container)) return {};
  const pair = container.items.find(
    (item) => isPair(item) && isScalar(item.key) && String(item.key.value) === String(segment),
  );
  return pair === undefined ? {} : { key: pair.key, value: pair.value };
}

/** Where a node begins. A value that was left out stands nowhere of its own. */
function startOf(node: unknown): number | undefined {
  if (!isNode(node)) return undefined;
  if (isScalar(node) && node.value === null && node.source === '') return undefined;
  return node.range?.[0];
}
