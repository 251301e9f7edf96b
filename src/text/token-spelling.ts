import { byteAlphabet } from './byte-alphabet.ts';
import type { TokenizerJson } from './tokenizer-json.ts';
import { METASPACE } from './tokenizer-kind.ts';

/** How a vocabulary spells text. */
export interface TokenSpelling {
  /** The UTF-8 bytes of a token's text. */
  bytes(token: string): Uint8Array;
  /** Whether the blank at the start of a text was added, so that the first word is spelt like any other. */
  readonly addsBlank: boolean;
  /** The prefix of a token that continues a word, such as WordPiece's `##`; otherwise empty. */
  readonly continuing: string;
}

/**
 * Whether a word's first token holds the blank before it, while the first word of a text has none: byte-level encoding
 * without `add_prefix_space`, Metaspace that prepends nothing.
 */
export function joinsBlanks(json: TokenizerJson): boolean {
  const { decoder, pre_tokenizer } = json;
  const isOf = (type: string) => (part: Decoder) => part.type === type;
  const [ends, starts] = [partsOf(decoder), partsOf(pre_tokenizer)];
  const isPrefixed = starts.some((part) => isOf('ByteLevel')(part) && part.add_prefix_space !== false);
  const isJoined = ends.some(isOf('ByteLevel')) || ends.some(isOf('Metaspace'));
  return isJoined && !isPrefixed && !tokenSpelling(json).addsBlank;
}

/** A part of a `tokenizer.json`, or the parts of a sequence. */
function partsOf(part: unknown): readonly Decoder[] {
  if (!part) return [];
  const { decoders, pretokenizers } = part as Decoder;
  return decoders ?? pretokenizers ?? [part as Decoder];
}

type Decoder = Readonly<Record<string, unknown>> & {
  readonly decoders?: readonly Decoder[];
  readonly pretokenizers?: readonly Decoder[];
};

const encoder = new TextEncoder();
const utf8 = (text: string): Uint8Array => encoder.encode(text);

/** The spelling of a `tokenizer.json`, given by its `decoder`; without one, tokens stand for themselves. */
export function tokenSpelling({ decoder }: TokenizerJson): TokenSpelling {
  const steps = partsOf(decoder);
  const step = (type: string): Decoder | undefined => steps.find((one) => one.type === type);
  const metaspace = step('Metaspace');
  const addsBlank = step('Strip')?.content === ' ' || (metaspace !== undefined && metaspace.prepend_scheme !== 'never');
  const continuing = String(step('WordPiece')?.prefix ?? '').trim();
  if (step('ByteLevel')) return { bytes: byteLevel, addsBlank, continuing };
  const suffix = step('BPEDecoder')?.suffix;
  const isMeta = metaspace !== undefined || steps.some(({ type, content }) => type === 'Replace' && content === ' ');
  const spelt = (token: string): string => {
    if (isMeta) return token.replaceAll(METASPACE, ' ');
    if (typeof suffix === 'string') return token.replaceAll(suffix, ' ');
    return continuing !== '' && token.startsWith(continuing) ? token.slice(continuing.length) : token;
  };
  const bytes = (token: string): Uint8Array => utf8(spelt(token));
  return { bytes: step('ByteFallback') ? (token) => fallenBack(token) ?? bytes(token) : bytes, addsBlank, continuing };
}

/** A token of a byte-level vocabulary; a token outside its alphabet stands for itself. */
function byteLevel(token: string): Uint8Array {
  const bytes = [...token].map((character) => byteAlphabet.get(character));
  return bytes.every((byte) => byte !== undefined) ? Uint8Array.from(bytes) : utf8(token);
}

/** The byte of a token such as `<0xEB>`, SentencePiece's byte fallback. */
function fallenBack(token: string): Uint8Array | undefined {
  const byte = /^<0x([0-9A-F]{2})>$/.exec(token)?.[1];
  return byte === undefined ? undefined : Uint8Array.of(Number.parseInt(byte, 16));
}
