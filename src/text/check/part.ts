import * as z from 'zod';
import { check } from '../../io/check.ts';
import { InputError } from '../../io/error.ts';
import { sentencePieceForm } from '../encode/sentence-piece.ts';
import { splitBehaviors } from '../encode/split.ts';
import type { TokenizerJson } from '../tokenizer-json.ts';
import { TOKENIZER_KINDS } from '../tokenizer-kind.ts';
import { mostSteps, patternSteps } from './linear-pattern.ts';
import { compilePattern, hasLinearForm } from './pattern.ts';

/** The required fields of a part of a `tokenizer.json`, and by how much it can lengthen a text. */
interface PartForm {
  readonly form: z.ZodType<Readonly<Record<string, unknown>>>;
  readonly growth?: (part: Readonly<Record<string, unknown>>) => number;
}

/** More than any published tokenizer has. */
const most = { parts: 100, depth: 8, items: 100, growth: 1000 } as const;

const short = z.string().max(64);
const flag = z.boolean().nullish();
const pattern = z.union([z.strictObject({ String: z.string() }), z.strictObject({ Regex: z.string() })]);
const specialToken = z.tuple([z.string(), z.int()]);
const type_id = z.int().min(0).optional();
const piece = z.union([
  z.strictObject({ SpecialToken: z.looseObject({ id: z.string(), type_id }) }),
  z.strictObject({ Sequence: z.looseObject({ id: z.enum(['A', 'B']), type_id }) }),
]);
/** The tokens that one special token of a template stands for. */
const specialTokens = z
  .looseObject({ ids: z.array(z.int().min(0)).max(100), tokens: z.array(z.string()).max(100) })
  .refine(({ ids, tokens }) => ids.length === tokens.length, { error: 'expected as many ids as tokens' });
const template = z.array(piece).max(most.items);
type Template = z.output<typeof template>;

const textsIn = (items: Template, id: 'A' | 'B'): number =>
  items.filter((item) => 'Sequence' in item && item.Sequence.id === id).length;

const replace: PartForm = {
  form: z.looseObject({ pattern, content: z.string().nullish() }),
  growth: ({ pattern: found, content }) => replacementGrowth(found as z.output<typeof pattern>, String(content ?? '')),
};
const behavior = z.enum(splitBehaviors).nullish();
const metaspace = z.looseObject({
  add_prefix_space: flag,
  split: flag,
  replacement: short.min(1).nullish(),
  str_rep: short.nullish(),
  prepend_scheme: z.enum(['always', 'first', 'never']).nullish(),
});
const trimming = z.looseObject({ trim_offsets: flag, add_prefix_space: flag });
const around: PartForm = { form: z.looseObject({ cls: specialToken, sep: specialToken }) };

/** The parts that need checking, by section and type; the library refuses unknown types. */
const forms: Readonly<Record<string, Readonly<Record<string, PartForm>>>> = {
  normalizer: {
    Replace: replace,
    Prepend: { form: z.looseObject({ prepend: short }) },
    ByteLevel: { form: z.looseObject({}), growth: () => 3 },
    Strip: { form: z.looseObject({ strip_left: flag, strip_right: flag }) },
    BertNormalizer: {
      form: z.looseObject({ clean_text: flag, handle_chinese_chars: flag, strip_accents: flag, lowercase: flag }),
    },
    // The longest text of NFKC for a character is of 18.
    Precompiled: {
      form: z.looseObject({ precompiled_charsmap: z.string().nullish(), sentencepiece: sentencePieceForm.optional() }),
      growth: () => 18,
    },
  },
  pre_tokenizer: {
    Replace: replace,
    Split: { form: z.looseObject({ pattern, behavior, invert: flag }) },
    Punctuation: { form: z.looseObject({ behavior }) },
    Digits: { form: z.looseObject({ individual_digits: flag }) },
    CharDelimiterSplit: { form: z.looseObject({ delimiter: short.min(1) }) },
    FixedLength: { form: z.looseObject({ length: z.int().min(1) }) },
    Metaspace: { form: metaspace, growth: ({ str_rep: text }) => Math.max(1, String(text ?? '').length) },
    // A byte of a non-ASCII character is written as a character of two bytes.
    ByteLevel: { form: z.looseObject({ add_prefix_space: flag, use_regex: flag }), growth: () => 3 },
  },
  post_processor: {
    TemplateProcessing: {
      form: z.looseObject({
        single: template.refine((items) => textsIn(items, 'A') === 1 && textsIn(items, 'B') === 0, {
          error: 'expected the text, {"Sequence":{"id":"A"}}, once',
        }),
        pair: template.nullish(),
        special_tokens: z.record(z.string(), specialTokens).nullish(),
      }),
    },
    ByteLevel: { form: trimming },
    BertProcessing: around,
    RobertaProcessing: { form: z.intersection(around.form, trimming) },
  },
  decoder: {
    Replace: replace,
    BPEDecoder: { form: z.looseObject({ suffix: short.nullish() }), growth: ({ suffix }) => (suffix ? 1 : 2) },
    WordPiece: { form: z.looseObject({ prefix: short, cleanup: flag }) },
    Metaspace: { form: metaspace },
    Strip: { form: z.looseObject({ content: z.string(), start: z.int().min(0), stop: z.int().min(0) }) },
    CTC: {
      form: z.looseObject({ pad_token: short.nullish(), word_delimiter_token: short.nullish(), cleanup: flag }),
      growth: () => 2,
    },
  },
};

/** The field of a `Sequence` that lists its parts. */
const lists = new Map([
  ['normalizer', 'normalizers'],
  ['pre_tokenizer', 'pretokenizers'],
  ['post_processor', 'processors'],
  ['decoder', 'decoders'],
]);

/** Patterns of the tokenizers that Heddle trains: linear, though not by their form. */
const ownPatterns: ReadonlySet<string> = new Set(
  [
    ...JSON.stringify(Object.values(TOKENIZER_KINDS).map((kind) => kind.pre_tokenizer)).matchAll(
      /"Regex":("(?:[^"\\]|\\.)*")/g,
    ),
  ].map(([, text]) => String(JSON.parse(text))),
);

/** How to read a `tokenizer.json`. */
export interface PartCheckOptions {
  /** The file's name, for errors. */
  readonly name: string;
  /** Also allows regular expressions that may need quadratic or exponential time. */
  readonly allow_unsafe_patterns: boolean;
}

/**
 * Checks how a `tokenizer.json` normalizes, splits, joins and decodes: fields of the right type, a bounded number of
 * parts, bounded growth of texts, and regular expressions that run in linear time.
 *
 * @throws {InputError} that names file, part and reason.
 */
export function checkParts(json: TokenizerJson, options: PartCheckOptions): void {
  const { name } = options;
  let parts = 0;
  let steps = 0;
  for (const [section, list] of lists) {
    let growth = 1;
    const visit = (value: unknown, path: string, depth: number): void => {
      if (depth > most.depth)
        throw new InputError(`${name}: ${path}: expected at most ${most.depth} levels of nested parts`);
      if (++parts > most.parts)
        throw new InputError(`${name}: expected at most ${most.parts} parts, got more, at ${path}`);
      const part = check(z.looseObject({ type: z.string() }), value, `${name}: ${path}`);
      if (part.type === 'Sequence') {
        const children = check(z.array(z.unknown()), part[list], `${name}: ${path}.${list}`);
        children.forEach((child, at) => visit(child, `${path}.${list}.${at}`, depth + 1));
        return;
      }
      const row = Object.hasOwn(forms[section], part.type) ? forms[section][part.type] : undefined;
      if (!row) return;
      const checked = check(row.form, part, `${name}: ${path}`);
      const { pattern: found } = checked;
      if (found !== undefined) steps += stepsOf(found as z.output<typeof pattern>, `${path}.pattern`, options);
      if (steps > mostSteps && !options.allow_unsafe_patterns) {
        throw new InputError(
          `${name}: expected patterns of at most ${mostSteps} steps per character, got ${steps}, at ${path}`,
        );
      }
      growth *= row.growth?.(checked) ?? 1;
      if (growth > most.growth) {
        throw new InputError(
          `${name}: ${section}: expected texts to grow at most ${most.growth}-fold, got more, at ${path}`,
        );
      }
    };
    if (json[section] !== null && json[section] !== undefined) visit(json[section], section, 1);
  }
}

/** @throws {InputError} when it is not a regular expression. */
function compiled(regex: string, where: string): RegExp {
  try {
    return compilePattern(regex);
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    throw new InputError(`${where}: expected a regular expression, got ${shown(regex)} (${reason})`);
  }
}

function stepsOf(
  found: z.output<typeof pattern>,
  path: string,
  { name, allow_unsafe_patterns }: PartCheckOptions,
): number {
  // Looking for a fixed text compares at most all of it.
  if ('String' in found) return Math.max(1, found.String.length);
  const { source } = compiled(found.Regex, `${name}: ${path}`);
  if (allow_unsafe_patterns || ownPatterns.has(found.Regex)) return 1;
  if (path.startsWith('pre_tokenizer') && hasLinearForm(found.Regex)) return 1;
  const steps = patternSteps(source);
  if (typeof steps === 'number') return steps;
  throw new InputError(
    `${name}: ${path}: expected a regular expression that runs in linear time, got ${shown(found.Regex)}: ${steps}. A text ` +
      'could keep it busy forever; allow_unsafe_patterns allows it',
  );
}

/** By how much a replacement can lengthen a text. */
function replacementGrowth(found: z.output<typeof pattern>, { length }: string): number {
  if (length === 0) return 1;
  if ('String' in found && found.String !== '') return Math.max(1, length / found.String.length);
  // A pattern that can match nothing inserts its replacement between characters.
  const mayMatchNothing =
    !('Regex' in found) ||
    /\(\?[=!<]|\\b/i.test(found.Regex) ||
    /[\^$]/.test(found.Regex) ||
    matchesNothing(found.Regex);
  return mayMatchNothing ? 1 + length : length;
}

const matchesNothing = (regex: string): boolean => compiled(regex, 'pattern').exec('')?.[0] === '';

const shown = (text: string): string => JSON.stringify(text.length > 200 ? `${text.slice(0, 200)}…` : text);
