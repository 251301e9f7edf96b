import { z } from 'zod';
import { hasRoomForBytes, tokenizerFields } from './recipe-data.ts';

type Fields = { readonly [Name in keyof typeof tokenizerFields]: z.output<(typeof tokenizerFields)[Name]> };

const { kind, vocab_size, lowercase, byte_level, min_frequency } = tokenizerFields;

/** What may be different for one side; what is left out is as for both. */
const side = z.strictObject({
  kind: kind.unwrap().optional(),
  vocab_size: vocab_size.unwrap().optional(),
  lowercase: lowercase.unwrap().optional(),
  byte_level: byte_level.unwrap().optional(),
  min_frequency: min_frequency.unwrap().optional(),
});

/** Both sides of a pair. */
export const sides = ['source', 'target'] as const;

export type Side = (typeof sides)[number];

type TokenizerPair = Fields & { readonly shared: boolean } & { readonly [S in Side]?: z.output<typeof side> };

/** The tokenizer of a side of a recipe. */
export function sideTokenizer({ shared: _, source, target, ...both }: TokenizerPair, of: Side): Fields {
  const own = Object.entries({ source, target }[of] ?? {}).filter(([, value]) => value !== undefined);
  return { ...both, ...Object.fromEntries(own) };
}

const [hasRoom, told] = hasRoomForBytes;

/** The tokenizers that are trained on the training pairs. */
export const tokenizerPair = z
  .strictObject({
    ...tokenizerFields,
    shared: z.boolean().default(true).describe('one vocabulary for source and target, else one each'),
    source: side.optional().describe('what is different for the source; needs shared: false'),
    target: side.optional().describe('what is different for the target: { kind: word } for phones between blanks'),
  })
  .superRefine((chosen, context) => {
    for (const of of sides) {
      const own = chosen[of];
      if (own && chosen.shared) {
        const message = `expected shared: false, since the ${of} has a tokenizer of its own, got true`;
        context.addIssue({ code: 'custom', path: ['shared'], message });
      }
      if (hasRoom(sideTokenizer(chosen, of)) || (of === 'target' && !own && !chosen.source)) continue;
      const path = own?.vocab_size === undefined ? told.path : [of, ...told.path];
      const got = sideTokenizer(chosen, of).vocab_size;
      context.addIssue({ code: 'custom', path, message: `${told.error}, got ${got}` });
    }
  })
  .prefault({});
