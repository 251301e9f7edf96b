import { isAlias, isMap, isScalar, isSeq, LineCounter, parseDocument } from 'yaml';
import { InputError } from '../io/error.ts';
import { parseJson } from '../io/json.ts';

/** A text in YAML or JSON: its plain value, and the line (from 1) of the field at a path or of its nearest parent. */
export interface StructuredText {
  readonly value: unknown;
  lineOf(path: readonly PropertyKey[]): number;
}

/**
 * Parses YAML 1.2 (core schema, in which `5e-3` is a number and `no` a text), of which JSON is a part.
 *
 * @throws {InputError} that tells the first fault with file, line and column; a name given twice is one.
 */
export function parseStructuredText(text: string, file: string): StructuredText {
  if (file.endsWith('.json')) parseJson(text, file);
  const lines = new LineCounter();
  const document = parseDocument(text, { lineCounter: lines, prettyErrors: false, version: '1.2' });
  const [fault] = [...document.errors, ...document.warnings];
  if (fault) {
    const { line, col } = lines.linePos(fault.pos[0]);
    throw new InputError(`${file}:${line}:${col}: ${fault.message}`);
  }
  const lineOf = (path: readonly PropertyKey[]): number => {
    let node: unknown = document.contents;
    let offset = 0;
    for (const key of path) {
      if (isAlias(node)) node = node.resolve(document);
      if (isMap(node)) {
        const pair = node.items.find((item) => isScalar(item.key) && String(item.key.value) === String(key));
        if (!pair) break;
        if (isScalar(pair.key)) offset = pair.key.range?.[0] ?? offset;
        node = pair.value;
      } else if (isSeq(node)) {
        node = node.items[Number(key)];
        if (isScalar(node) || isMap(node) || isSeq(node)) offset = node.range?.[0] ?? offset;
      } else break;
    }
    return lines.linePos(offset).line;
  };
  try {
    return { value: document.toJS(), lineOf };
  } catch (error) {
    throw new InputError(`${file}: ${error instanceof Error ? error.message : error}`);
  }
}
