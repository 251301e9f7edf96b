import type { Heading, Prose } from '../../experiment.ts';
import { percent } from '../../number-text.ts';
import { type Spread, showSpread } from '../../spread.ts';
import { keyValueChance } from '../../toys/key-value.ts';

export const heading: Heading = {
  title: 'Without positions order is invisible, and not every scheme reaches beyond its training lengths',
  claim:
    'A model without recurrence and convolution needs information about the order of the sequence (2017); sinusoidal positions extrapolate only a few tokens beyond the training length, linear biases by distance much further (2022).',
  source:
    'Vaswani et al. 2017, “Attention is all you need”, section 3.5; Press, Smith & Lewis 2022, “Train short, test long”, figure 1; for decoders without positions Haviv et al. 2022, “Transformer language models without positional encodings still learn positional information”',
};

/**
 * How often a key's value is named correctly at the end of the training length, and at the end of the longest sequence.
 */
export interface Fall {
  readonly scheme: string;
  readonly from: number;
  readonly to: number;
}

/** The numbers that the text uses. */
export interface Found {
  /** How often a model knows which of two tokens came first. */
  readonly order: Readonly<Record<'none' | 'sinusoidal' | 'alibi' | 'decoder', Spread>>;
  /** The best at the end first. */
  readonly falls: readonly Fall[];
  readonly luck: number;
  readonly width: number;
  readonly layers: number;
  readonly learningRate: number;
  readonly batch: number;
  /** First task: tokens, updates, measured sequences. */
  readonly first: { readonly time: number; readonly steps: number; readonly rows: number };
  /** Second task: tokens in training, tokens of the longest test, positions per window, updates, sequences. */
  readonly keys: Readonly<Record<'trained' | 'longest' | 'stride' | 'steps' | 'rows', number>>;
}

/** The result, its explanation and the method, in words. */
export function prose(found: Found): Prose {
  const { order, falls, luck, width, layers, learningRate, batch, first, keys } = found;
  const share = (spread: Spread): string => showSpread(spread, percent);
  const fall = ({ scheme, from, to }: Fall): string => `${percent(from)} and ${percent(to)} (${scheme})`;
  return {
    says:
      `An encoder without positions knows which of two tokens came first in ${share(order.none)} of cases, with sinusoidal positions in ${share(order.sinusoidal)}, ` +
      `with ALiBi, whose bias is the same in both directions, in ${share(order.alibi)}; a decoder without positions in ${share(order.decoder)}. ` +
      `Language models trained on ${keys.trained} tokens know a key’s value at the end of ${keys.trained} and of ${keys.longest} tokens in ${falls.map(fall).join(', ')}; guessing gives ${percent(keyValueChance)}.`,
    explanation: [
      'Attention compares contents and adds up the results. If the tokens of a sequence change places, their vectors in an encoder change places too and are otherwise the same, so a mean over all tokens cannot depend on their order. Training does not help: the accuracy is that of tossing a coin. In an encoder, ALiBi knows distances but not directions, so a sequence and its mirror image look alike, and it cannot know which of two tokens came first either.',
      'A decoder is different. Its causal mask lets token t see t tokens, so the model can measure how thin its attention has become: it learns some order without any positions. In the second task it learns more slowly than the others and never becomes as accurate, because it has no sharp notion of “the previous token”.',
      `In the second figure, training covered every position up to ${keys.trained} and none after it. Beyond it, the rows of a table of learned positions were never trained. Sinusoids and rotations have values there, but in combinations that training never showed. Schemes that use only distances, and do not separate large ones (relative: from 16 on; t5: in ever wider buckets; ALiBi: a penalty that only grows), meet little that is new.`,
    ],
    method: [
      `Which came first: ${first.time} tokens, ten kinds of fillers and two marks, once each; a Transformer encoder of ${layers} layers, width ${width}, four heads, mean pooling and a linear layer; ${first.steps} updates of Adam (peak rate ${learningRate}) on new batches of ${batch}, measured on ${first.rows} new sequences. The decoder answers after the last token.`,
      `Values of keys: pairs of one of 8 keys and one of 8 values; every sequence has its own values for its keys, and after a key that occurred before, the model must name its value. A causal Transformer of the same size, ${keys.steps} updates on sequences of ${keys.trained} tokens; measured on ${keys.rows} sequences of ${keys.longest}, in windows of ${keys.stride} positions. A later key is not harder in itself: there are more pairs in which to find it.`,
      `The claim holds if for all seeds the encoder without positions stays within ${percent(luck)} of one half and the one with sinusoids is above 70 %, and at ${keys.longest} tokens ALiBi is above sinusoidal and learned positions.`,
    ],
  };
}
