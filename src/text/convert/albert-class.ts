import type { SentencePieceClass } from './sentence-piece-class.ts';
import { precompiled, replaceRegex, replaceText, sequence } from './sentence-piece-part.ts';
import type { RoleDefaults } from './special-token.ts';
import { bertTemplate } from './template.ts';

const bertRoles: RoleDefaults['names'] = {
  bos_token: '[CLS]',
  eos_token: '[SEP]',
  unk_token: '<unk>',
  sep_token: '[SEP]',
  pad_token: '<pad>',
  cls_token: '[CLS]',
  mask_token: '[MASK]',
};

/** A piece that ends with a digit and a comma; ALBERT prefers to separate the two. */
const digitComma = /[\p{Nd}\u00b2\u00b3\u00b9\u2070\u2074-\u2079\u2080-\u2089],$/u;

/** `[CLS] A [SEP] B [SEP]`; accents, case and quotation marks are normalized. */
export const albert: SentencePieceClass = {
  file: 'spiece.model',
  roles: { names: bertRoles, maskFlags: { lstrip: true } },
  vocabulary: ({ model }) =>
    model.pieces.map(({ piece, score }) => [piece, digitComma.test(piece) ? score - 100 : score]),
  normalizer: ({ model, config }) =>
    sequence([
      replaceText('``', '"'),
      replaceText("''", '"'),
      ...(config.keep_accents ? [] : [{ type: 'NFKD' }, { type: 'StripAccents' }]),
      ...((config.do_lower_case ?? true) ? [{ type: 'Lowercase' }] : []),
      ...precompiled(model),
      replaceRegex(' {2,}', ' '),
    ]),
  template: (ids) => bertTemplate(ids.required('cls_token'), ids.required('sep_token')),
};

/** `[CLS] A [SEP] B [SEP]`. */
export const bigBird: SentencePieceClass = {
  file: 'spiece.model',
  roles: {
    names: { ...bertRoles, bos_token: '<s>', eos_token: '</s>' },
    flags: { normalized: true },
    maskFlags: { lstrip: true, normalized: true },
  },
  template: (ids) => bertTemplate(ids.required('cls_token'), ids.required('sep_token')),
};
