import type { ClassInput, SentencePieceClass } from './sentence-piece-class.ts';
import { metaspace, type ScoredPiece, scored } from './sentence-piece-part.ts';
import { specialToken } from './special-token.ts';
import { template } from './template.ts';

const contentOf = (token: string | { readonly content: string }): string =>
  typeof token === 'string' ? token : token.content;

/** `<mask_1>` and its like: null leaves it out, and Pegasus has it unless a file says so. */
const sentenceMask = ({ config }: ClassInput): string | null =>
  config.mask_token_sent === undefined ? '<mask_1>' : config.mask_token_sent && contentOf(config.mask_token_sent);

/** Pegasus' special tokens before the pieces: padding, end, two masks, `<unk_2>` and so on up to the offset. */
function pegasusSpecial(input: ClassInput): string[] {
  const { roles } = input.named;
  const offset = input.config.offset ?? 103;
  const masks = offset > 0 ? [sentenceMask(input), roles.mask_token?.content] : [sentenceMask(input)];
  const unknown = Array.from({ length: Math.max(0, offset - 2) }, (_, at) => `<unk_${at + 2}>`);
  return [roles.pad_token?.content, roles.eos_token?.content, ...masks, ...unknown].filter((token) => token != null);
}

/** `A B </s>`, with the pieces after special tokens. */
export const pegasus: SentencePieceClass = {
  file: 'spiece.model',
  roles: { names: { pad_token: '<pad>', eos_token: '</s>', unk_token: '<unk>', mask_token: '<mask_2>' } },
  vocabulary: (input) => [
    ...pegasusSpecial(input).map((token): ScoredPiece => [token, token.startsWith('<unk_') ? -100 : 0]),
    ...input.model.pieces.slice(2).map(scored),
  ],
  unkId: ({ model, config }) => model.unkId + (config.offset ?? 103),
  added: (input) => pegasusSpecial(input).map((token) => specialToken(token)),
  pre_tokenizer: (scheme) => ({ type: 'Sequence', pretokenizers: [{ type: 'WhitespaceSplit' }, metaspace(scheme)] }),
  template(ids) {
    const eos = ids.required('eos_token');
    return template([['A'], [eos]], [['A'], ['B'], [eos]]);
  },
};
