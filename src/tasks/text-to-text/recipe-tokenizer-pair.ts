import * as z from 'zod';
import type { Normalization } from '../../text/tokenizer-json.ts';
import { hasRoomForBytes, tokenizerFields } from '../recipe/data.ts';

type Fields = { readonly [Name in keyof typeof tokenizerFields]: z.output<(typeof tokenizerFields)[Name]> };

const { kind, vocab_size, lowercase, byte_level, min_frequency } = tokenizerFields;

/** Settings that can differ for one side; absent fields are as for both. */
const side = z.strictObject({
  kind: kind.unwrap().optional(),
  vocab_size: vocab_size.unwrap().optional(),
  lowercase: lowercase.unwrap().optional(),
  byte_level: byte_level.unwrap().optional(),
  min_frequency: min_frequency.unwrap().optional(),
});

/** Both sides of a pair. */
export const sides = ['source', 'target'] as const;

/** A side of a pair. */
export type Side = (typeof sides)[number];

interface TokenizerPair extends Fields {
  readonly shared: boolean;
  readonly source?: z.output<typeof sourceSide>;
  readonly target?: z.output<typeof side>;
  readonly src_lang?: string;
  readonly tgt_lang?: string;
}

/** The tokenizer of a side, with everything filled in. */
type SideTokenizer = Fields & { readonly normalization?: Normalization };

/** The tokenizer of a side of a recipe. */
export function sideTokenizer(
  { shared: _, src_lang: _read, tgt_lang: _written, source, target, ...both }: TokenizerPair,
  of: Side,
): SideTokenizer {
  const own = Object.entries({ source, target }[of] ?? {}).filter(([, value]) => value !== undefined);
  return { ...both, ...Object.fromEntries(own) };
}

const sourceSide = side.extend({
  normalization: z
    .enum(['NFC', 'NFD'])
    .optional()
    .describe('Unicode normalization form; NFD decomposes letters, Hangul into jamo, which helps with pronunciations'),
});

const [hasRoom, fault] = hasRoomForBytes;

const language = z.string().min(1).optional();

/** The tokenizers that are trained on the training pairs. */
export const tokenizerPair = z
  .strictObject({
    ...tokenizerFields,
    shared: z.boolean().default(true).describe('one vocabulary for source and target, otherwise one for each'),
    source: sourceSide.optional().describe('settings that differ for the source; needs shared: false'),
    target: side
      .optional()
      .describe('settings that differ for the target, such as { kind: word } for phones separated by blanks'),
    src_lang: language.describe(
      'language of the source, such as ko_KR, with an mBART from a folder; by default that of the folder',
    ),
    tgt_lang: language.describe(
      'language of the target, such as en_XX, with an mBART from a folder; by default that of the folder',
    ),
  })
  .superRefine((chosen, context) => {
    for (const of of sides) {
      const own = chosen[of];
      if (own && chosen.shared) {
        const message = `expected shared: false, because the ${of} has its own tokenizer, got true`;
        context.addIssue({ code: 'custom', path: ['shared'], message });
      }
      if (hasRoom(sideTokenizer(chosen, of)) || (of === 'target' && !own && !chosen.source)) continue;
      const path = own?.vocab_size === undefined ? fault.path : [of, ...fault.path];
      const got = sideTokenizer(chosen, of).vocab_size;
      context.addIssue({ code: 'custom', path, message: `${fault.error}, got ${got}` });
    }
  })
  .prefault({});
