/** A lone surrogate: half of a character of two UTF-16 units. */
const loneSurrogate = /\p{Surrogate}/gu;

/** The number of lone surrogates in a text; UTF-8 cannot encode them. */
export const loneSurrogates = (text: string): number => text.match(loneSurrogate)?.length ?? 0;

/** A text that UTF-8 can encode: U+FFFD replaces every lone surrogate, and the length stays the same. */
export const wellFormed = (text: string): string => text.replace(loneSurrogate, '\ufffd');
