import type { SentencePieceClass } from './sentence-piece-class.ts';
import { metaspace, type PrependScheme, replaceText, scored, sequence } from './sentence-piece-part.ts';
import { type TemplateItem, template } from './template.ts';

type Fields = Readonly<Record<string, unknown>>;

const llamaDecoder = (scheme: PrependScheme): Fields => ({
  type: 'Sequence',
  decoders: [
    replaceText('▁', ' '),
    { type: 'ByteFallback' },
    { type: 'Fuse' },
    ...(scheme === 'never' ? [] : [{ type: 'Strip', content: ' ', start: 1, stop: 0 }]),
  ],
});

/** `<s> A <s> B`, with unknown characters as bytes. */
export const llama: SentencePieceClass = {
  file: 'tokenizer.model',
  roles: { names: { bos_token: '<s>', eos_token: '</s>', unk_token: '<unk>' } },
  readsPrefix: true,
  byteFallback: true,
  vocabulary: ({ model }) => model.pieces.map((piece, id) => (id < 3 ? [piece.piece, 0] : scored(piece))),
  unkId: () => 0,
  normalizer: ({ config }) =>
    (config.legacy ?? true)
      ? sequence([
          ...((config.add_prefix_space ?? true) ? [{ type: 'Prepend', prepend: '▁' }] : []),
          replaceText(' ', '▁'),
        ])
      : null,
  pre_tokenizer: (scheme, { config }) => ((config.legacy ?? true) ? null : metaspace(scheme, false)),
  decoder: llamaDecoder,
  template(ids, { config }) {
    const around = (text: 'A' | 'B', type: number): TemplateItem[] => [
      ...((config.add_bos_token ?? true) ? [[ids.required('bos_token'), type] as const] : []),
      [text, type],
      ...(config.add_eos_token ? [[ids.required('eos_token'), type] as const] : []),
    ];
    return template(around('A', 0), [...around('A', 0), ...around('B', 1)]);
  },
};
