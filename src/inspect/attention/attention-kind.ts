/** How a page speaks of a kind of attention. */
interface KindText {
  readonly title: string;
  /** What a row and a column are. */
  readonly row: string;
  readonly column: string;
  /** Whether rows and columns are the same tokens in the same order. */
  readonly isSelf: boolean;
}

const self = {
  row: 'a token that looks',
  column: 'a token it looks at, both in the order of the text',
  isSelf: true,
};

/** Every kind of attention, by the names that the results of a forward pass have in Transformers. */
export const attentionKinds = {
  cross_attentions: {
    title: 'Cross-attention',
    row: 'a token the decoder writes, in the order it writes them',
    column: 'a token of the input',
    isSelf: false,
  },
  attentions: { ...self, title: 'Self-attention' },
  encoder_attentions: { ...self, title: 'Self-attention of the encoder' },
  decoder_attentions: {
    ...self,
    title: 'Self-attention of the decoder',
    row: 'a token the decoder has read',
    column: 'one that it looks back at',
  },
  pooling_attention: {
    title: 'Pooling attention',
    row: 'the vector of the whole text',
    column: 'a token it is made of',
    isSelf: false,
  },
} as const satisfies Record<string, KindText>;

/** The name of a kind of attention. */
export type AttentionKind = keyof typeof attentionKinds;

/** All kinds, in the order in which a page shows them. */
export const attentionKindNames = Object.keys(attentionKinds) as readonly AttentionKind[];
