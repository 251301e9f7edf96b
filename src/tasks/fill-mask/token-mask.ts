import type { RandomStream } from '../../data/batch/shuffle.ts';
import { itemAt } from '../../io/item-at.ts';

/** How tokens are hidden. */
export interface MaskOptions {
  /** The probability that a token is to be predicted. */
  readonly mlm_probability: number;
  readonly maskId: number;
  /** Random tokens are below this. */
  readonly vocabulary: number;
}

/** A row in which some tokens are to be predicted. */
export interface MaskedTokens {
  /** What the model reads. */
  readonly ids: Int32Array;
  /** The places of the tokens to predict, in order, and these tokens. */
  readonly places: Int32Array;
  readonly labels: Int32Array;
}

/** What becomes of ten tokens that are to be predicted: so many are hidden, so many replaced; the rest is kept. */
const ofTen = { hidden: 8, replaced: 1 } as const;

/**
 * Selects tokens to predict, each with the probability `mlm_probability` and at least one: of these, 80 % become the mask
 * token, 10 % a random token, and 10 % stay as they are, so that the model learns good vectors for all tokens.
 *
 * Source: Devlin et al. 2019, section 3.1; transformers 5.24.0 data_collator.py, DataCollatorForLanguageModeling, which
 * may select none.
 * @param choices the places that may be selected.
 */
export function maskTokens(
  { ids, choices }: { readonly ids: Int32Array; readonly choices: Int32Array },
  { mlm_probability, maskId, vocabulary }: MaskOptions,
  random: RandomStream,
): MaskedTokens {
  const most = mlm_probability * 2 ** 32;
  const drawn = choices.filter(() => random.below(2 ** 32) < most);
  const places = drawn.length > 0 ? drawn : Int32Array.of(itemAt(choices, random.below(choices.length), 'a place'));
  const read = ids.slice();
  for (const place of places) {
    const fate = random.below(10);
    if (fate < ofTen.hidden) read[place] = maskId;
    else if (fate < ofTen.hidden + ofTen.replaced) read[place] = random.below(vocabulary);
  }
  return { ids: read, places, labels: places.map((place) => itemAt(ids, place, 'a token')) };
}
