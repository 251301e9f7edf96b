import type { TokenizerJson } from '../tokenizer-json.ts';
import { METASPACE } from '../tokenizer-kind.ts';
import { byteLevel, wordPattern } from './byte-level.ts';
import { patternOf, replace, rowOf } from './normalizer.ts';
import type { PlacedText } from './placed-text.ts';
import { matchesOf, type Part, type SplitBehavior, splits } from './split.ts';
import { inSequence, type Step, stepped } from './step.ts';

type Fields = Readonly<Record<string, unknown>>;

/** Splits every piece of a text. */
interface Split {
  parts(text: string): readonly Part[];
}

/** Changes every piece, or those for which `when` holds; `isFirst` says that a piece begins where the text does. */
interface Change {
  readonly step: Step;
  readonly when?: (text: string, isFirst: boolean) => boolean;
  /** Whether `when` reads `isFirst`. */
  readonly needsFirst?: boolean;
}

type Stage = Split | Change;

const behaviorOf = (name: unknown): SplitBehavior => (name ?? 'Isolated') as SplitBehavior;

const splitAt = (pattern: RegExp, behavior: SplitBehavior, { invert = false } = {}): Split => ({
  parts: (text) => {
    const parts = matchesOf(text, pattern);
    return splits[behavior](invert ? parts.map((part) => ({ ...part, isMatch: !part.isMatch })) : parts);
  },
});

const prepend = (content: string): Step => ({
  plain: (text) => (text === '' ? '' : content + text),
  placed: (text) => text.prepend(content),
});

const whiteSpace = /\p{White_Space}+/gu;
const word = String.raw`\p{Alphabetic}\p{M}\p{Nd}\p{Pc}\p{Join_Control}`;
const words = new RegExp(`[${word}]+|[^${word}\\p{White_Space}]+`, 'gu');
const punctuation = /[\p{P}!-/:-@[-`{-~]/gu;

/** The stages of a checked `pre_tokenizer`, by type. Source: tokenizers 0.23 pre_tokenizers/. */
const rows: Readonly<Record<string, (part: Fields, where: string) => readonly Stage[]>> = {
  BertPreTokenizer: () => [splitAt(whiteSpace, 'Removed'), splitAt(punctuation, 'Isolated')],
  Whitespace: () => [splitAt(words, 'Removed', { invert: true })],
  WhitespaceSplit: () => [splitAt(whiteSpace, 'Removed')],
  Punctuation: ({ behavior }) => [splitAt(punctuation, behaviorOf(behavior))],
  Digits: ({ individual_digits }) => [splitAt(/\p{N}/gu, individual_digits ? 'Isolated' : 'Contiguous')],
  Split: ({ pattern, behavior, invert }) => [
    splitAt(patternOf(pattern as Fields), behaviorOf(behavior), { invert: invert === true }),
  ],
  FixedLength: ({ length }) => [splitAt(new RegExp(`[\\s\\S]{1,${Number(length)}}`, 'gu'), 'Isolated')],
  Replace: ({ pattern, content }) => [{ step: replace(patternOf(pattern as Fields), String(content ?? '')) }],
  Metaspace: ({ replacement = METASPACE, add_prefix_space, prepend_scheme, split }) => {
    const mark = String(replacement ?? METASPACE);
    const scheme = prepend_scheme ?? (add_prefix_space === false ? 'never' : 'always');
    const isBare = (text: string): boolean => !text.startsWith(mark);
    const before: Record<string, readonly Change[]> = {
      always: [{ step: prepend(mark), when: isBare }],
      first: [{ step: prepend(mark), when: (text, isFirst) => isFirst && isBare(text), needsFirst: true }],
      never: [],
    };
    const spaces: Change = { step: replace(/ /gu, mark) };
    const pattern = patternOf({ String: mark });
    return [spaces, ...before[String(scheme)], ...(split === false ? [] : [splitAt(pattern, 'MergedWithNext')])];
  },
  ByteLevel: ({ add_prefix_space, use_regex }) => [
    ...(add_prefix_space === true ? [{ step: prepend(' '), when: (text: string) => !text.startsWith(' ') }] : []),
    ...(use_regex === false ? [] : [splitAt(wordPattern, 'Isolated')]),
    { step: byteLevel },
  ],
  CharDelimiterSplit: ({ delimiter }) => [splitAt(patternOf({ String: delimiter }), 'Removed')],
  Sequence: ({ pretokenizers }, where) =>
    (pretokenizers as Fields[]).flatMap((part, at) => stagesOf(part, `${where}.pretokenizers.${at}`)),
};

function stagesOf(part: Fields, where: string): readonly Stage[] {
  return rowOf(rows, part, where)(part, where);
}

/** Splits text into words. */
export interface PreTokenizer {
  /** The words of a text that begins where the input does. */
  plain(text: string): readonly string[];
  placed(text: PlacedText): readonly PlacedText[];
  /** The last change of every word. It depends on the word alone, so that its result can be kept with the word. */
  readonly finish: Step;
  /** Whether `plain` always gives the same words as `placed`. */
  readonly isExact: boolean;
}

const isSplit = (stage: Stage): stage is Split => 'parts' in stage;

/**
 * The pre-tokenizer of a checked `tokenizer.json`; without one, a text is a word.
 *
 * @throws {InputError} for a part that is not known.
 */
export function preTokenizerOf({ pre_tokenizer: part }: TokenizerJson, name: string): PreTokenizer {
  const stages = part ? [...stagesOf(part as Fields, `${name}: pre_tokenizer`)] : [];
  const last = stages.at(-1);
  const hasFinish = last !== undefined && !isSplit(last) && last.when === undefined;
  if (hasFinish) stages.pop();
  const firstSplit = stages.findIndex(isSplit);
  return {
    finish: hasFinish ? (last as Change).step : inSequence([]),
    isExact: firstSplit < 0 || stages.slice(firstSplit).every((stage) => isSplit(stage) || stage.needsFirst !== true),
    plain: (text) => {
      let pieces = [text];
      for (const stage of stages) {
        const next: string[] = [];
        for (const piece of pieces) {
          if (isSplit(stage)) for (const { start, end } of stage.parts(piece)) next.push(piece.slice(start, end));
          else next.push(stage.when === undefined || stage.when(piece, true) ? stage.step.plain(piece) : piece);
        }
        pieces = next;
      }
      return pieces;
    },
    placed: (text) => {
      let pieces = [text];
      for (const stage of stages) {
        const next: PlacedText[] = [];
        for (const piece of pieces) {
          if (isSplit(stage)) for (const { start, end } of stage.parts(piece.text)) next.push(piece.slice(start, end));
          else {
            const isMeant = stage.when === undefined || stage.when(piece.text, piece.origin === 0);
            next.push(isMeant ? stepped(stage.step, piece) : piece);
          }
        }
        pieces = next;
      }
      return pieces.filter((piece) => piece.text !== '');
    },
  };
}
