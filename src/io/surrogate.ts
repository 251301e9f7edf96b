/** Half of a character of two UTF-16 units, without its other half. */
const loneSurrogate = /\p{Surrogate}/gu;

/** How many halves of characters a text has; UTF-8 cannot write them, and so no file of ours, nor another program. */
export const loneSurrogates = (text: string): number => text.match(loneSurrogate)?.length ?? 0;

/** A text that UTF-8 can write: U+FFFD stands for every half of a character, and the text is as long as before. */
export const wellFormed = (text: string): string => text.replace(loneSurrogate, '\ufffd');
