import { InputError } from '../../io/error.ts';
import type { ClassInput, SentencePieceClass } from './sentence-piece-class.ts';
import { type ScoredPiece, scored } from './sentence-piece-part.ts';
import { specialToken } from './special-token.ts';
import { template } from './template.ts';

function extraIds({ config, named, where }: ClassInput): string[] {
  const count = config.extra_ids ?? 100;
  const given = named.additional.filter(({ content }) => content.includes('<extra_id_')).length;
  if (count > 0 && given > 0 && given !== count) {
    throw new InputError(
      `${where}: extra_ids: expected the number of <extra_id_…> in additional_special_tokens, ${given}, got ${count}`,
    );
  }
  return Array.from({ length: count }, (_, at) => `<extra_id_${count - 1 - at}>`);
}

/** `A </s> B </s>`, with `<extra_id_0>` and its like at the end of the vocabulary, the first one last. */
export const t5: SentencePieceClass = {
  file: 'spiece.model',
  roles: { names: { eos_token: '</s>', unk_token: '<unk>', pad_token: '<pad>' } },
  readsPrefix: true,
  vocabulary: (input) => [
    ...input.model.pieces.map(scored),
    ...extraIds(input).map((token): ScoredPiece => [token, 0]),
  ],
  added: (input) => extraIds(input).map((token) => specialToken(token)),
  template(ids) {
    const eos = ids.required('eos_token');
    return template([['A'], [eos]], [['A'], [eos], ['B'], [eos]]);
  },
};
