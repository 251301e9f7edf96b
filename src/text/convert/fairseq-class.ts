import type { TokenIds } from './assemble.ts';
import { languageCodes, moreLanguageCodes } from './language-code.ts';
import type { ClassInput, SentencePieceClass } from './sentence-piece-class.ts';
import { type ScoredPiece, scored } from './sentence-piece-part.ts';
import { fairseqNames, type RoleDefaults, specialToken } from './special-token.ts';
import { type TemplateItem, template } from './template.ts';

const fairseqRoles: RoleDefaults = {
  names: fairseqNames,
  maskFlags: { lstrip: true },
};

/** fairseq's order: four special tokens, the pieces without their first three, more special tokens, `<mask>` last. */
const fairseqPieces = ({ model }: ClassInput, codes: readonly string[] = []): ScoredPiece[] => [
  ...['<s>', '<pad>', '</s>', '<unk>'].map((token): ScoredPiece => [token, 0]),
  ...model.pieces.slice(3).map(scored),
  ...[...codes, '<mask>'].map((token): ScoredPiece => [token, 0]),
];

/** All codes are in the vocabulary of a class with languages. */
const languageToken = (ids: TokenIds, language = 'en_XX'): readonly [string, number] => [
  language,
  ids.idOf(language) as number,
];

/** `<s> A </s>`, `<s> A </s></s> B </s>`. */
export const xlmRoberta: SentencePieceClass = {
  file: 'sentencepiece.bpe.model',
  roles: fairseqRoles,
  vocabulary: (input) => fairseqPieces(input),
  unkId: () => 3,
  template(ids) {
    const [bos, eos] = [ids.required('bos_token'), ids.required('eos_token')];
    return template([[bos], ['A'], [eos]], [[bos], ['A'], [eos], [eos], ['B'], [eos]]);
  },
};

/** `A </s> language`. */
export const mBart: SentencePieceClass = {
  file: 'sentencepiece.bpe.model',
  roles: fairseqRoles,
  languages: languageCodes,
  vocabulary: (input) => fairseqPieces(input, languageCodes),
  unkId: () => 3,
  added: () => languageCodes.map((code) => specialToken(code)),
  template(ids, _, language) {
    const ends: TemplateItem[] = [[ids.required('eos_token')], [languageToken(ids, language)]];
    return template([['A'], ...ends], [['A'], ['B'], ...ends]);
  },
};

/** `language A </s>`. */
export const mBart50: SentencePieceClass = {
  file: 'sentencepiece.bpe.model',
  roles: {
    names: { ...fairseqRoles.names, bos_token: undefined },
    maskFlags: { lstrip: true, normalized: true },
  },
  languages: [...languageCodes, ...moreLanguageCodes],
  vocabulary: (input) => fairseqPieces(input, [...languageCodes, ...moreLanguageCodes]),
  unkId: () => 3,
  added: () => [...languageCodes, ...moreLanguageCodes].map((code) => specialToken(code)),
  template(ids, _, language) {
    const [eos, code] = [ids.required('eos_token'), languageToken(ids, language)];
    return template([[code], ['A'], [eos]], [[code], ['A'], ['B'], [eos]]);
  },
};
