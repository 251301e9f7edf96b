import { type Decoder, incomplete, wholeText } from '../stream/decoder.ts';

/** Whether a sequence ends with its last token, for reasons other than end tokens and lengths. */
export type StoppingCriterion = (tokens: readonly number[]) => boolean;

/** Criteria that stop a sequence before its length or an end token does, with the names of `GenerationConfig`. */
export interface Stopping {
  readonly stop_strings?: string | readonly string[] | null | undefined;
  /** Seconds since the criterion was created. */
  readonly max_time?: number | null | undefined;
}

/** The criteria of a config combined; undefined if there are none. `tokenizer`: for `stop_strings`. */
export function stoppingCriterion(
  { stop_strings, max_time }: Stopping,
  tokenizer: Decoder | undefined,
): StoppingCriterion | undefined {
  const criteria = [
    ...(stop_strings && tokenizer ? [stopStrings([stop_strings].flat(), tokenizer)] : []),
    ...(typeof max_time === 'number' ? [maxTime(max_time)] : []),
  ];
  return criteria.length > 0 ? (tokens) => criteria.some((isMet) => isMet(tokens)) : undefined;
}

/** Every sequence ends with the token during which the time runs out. Source: Transformers 5, `MaxTimeCriteria`. */
function maxTime(seconds: number): StoppingCriterion {
  const end = performance.now() + 1000 * seconds;
  return () => performance.now() > end;
}

/**
 * A sequence ends with the token in which a stop string ends. The token can contain more after the string, and the string can begin in the prompt. Source: Transformers 5, `StopStringCriteria`.
 *
 * Few tokens contain the last character of a stop string; text is decoded only after these.
 */
function stopStrings(strings: readonly string[], tokenizer: Decoder): StoppingCriterion {
  const longest = strings.reduce((most, { length }) => Math.max(most, length), 0);
  const lastCharacters = strings.map((string) => [...string].at(-1) as string);
  const pieces = new Map<number, string>();
  /** The text of a token when it follows another one. */
  const pieceOf = (id: number): string => {
    const known = pieces.get(id);
    if (known !== undefined) return known;
    const piece = tokenizer.decode([id, id]).slice(tokenizer.decode([id]).length);
    pieces.set(id, piece);
    return piece;
  };
  const mayEnd = (piece: string) =>
    piece.includes(incomplete) || lastCharacters.some((character) => piece.includes(character));
  return (tokens) => {
    const last = tokens.length - 1;
    if (last < 0 || !mayEnd(pieceOf(tokens[last] as number))) return false;
    let from = last;
    for (let length = 0; from > 0 && length < longest; ) {
      from--;
      // A part of a character has at least one of the three bytes of a UTF-16 unit.
      for (const unit of pieceOf(tokens[from] as number)) length += unit === incomplete ? 1 / 3 : unit.length;
    }
    // A first token may lack its blank, and a character can begin some bytes earlier.
    const tail = tokens.slice(Math.max(0, from - 4));
    const before = wholeText(tokenizer.decode(tail.slice(0, -1)));
    const text = tokenizer.decode(tail);
    return strings.some((string) => text.includes(string, Math.max(0, before.length - string.length + 1)));
  };
}
