type Fields = Readonly<Record<string, unknown>>;

/** A special token and its id. */
export type TemplateToken = readonly [content: string, id: number];

/** A text, `A` or `B`, or a special token, with its type id: 0 where none is given. */
export type TemplateItem = readonly [item: 'A' | 'B' | TemplateToken, type_id?: number];

/** The `TemplateProcessing` that sets special tokens around a text and around a pair of texts. */
export function template(single: readonly TemplateItem[], pair: readonly TemplateItem[]): Fields {
  const tokens = [...single, ...pair].flatMap(([item]) => (typeof item === 'string' ? [] : [item]));
  return {
    type: 'TemplateProcessing',
    single: single.map(pieceOf),
    pair: pair.map(pieceOf),
    special_tokens: Object.fromEntries(
      tokens.map(([content, id]) => [content, { id: content, ids: [id], tokens: [content] }]),
    ),
  };
}

const pieceOf = ([item, type_id = 0]: TemplateItem): Fields =>
  typeof item === 'string' ? { Sequence: { id: item, type_id } } : { SpecialToken: { id: item[0], type_id } };

/** `[CLS] A [SEP] B [SEP]`, the second text of type 1, as BERT has it. */
export function bertTemplate(cls: TemplateToken, sep: TemplateToken): Fields {
  const single = [[cls], ['A'], [sep]] as const;
  return template(single, [...single, ['B', 1], [sep, 1]]);
}
