import type { Heading, Prose } from '../../experiment.ts';
import { percent } from '../../number-text.ts';
import { type Spread, showSpread } from '../../spread.ts';
import { keyValueChance } from '../../toys/key-value.ts';

export const heading: Heading = {
  title: 'Without positions order is invisible, and not every scheme reaches beyond its training lengths',
  claim:
    'Since the model contains no recurrence and no convolution, it must be told the order of the sequence (2017); sinusoidal positions extrapolate only a few tokens beyond the training length, linear biases by distance go on (2022).',
  source:
    'Vaswani et al. 2017, “Attention is all you need”, section 3.5; Press, Smith & Lewis 2022, “Train short, test long”, figure 1; for decoders without positions Haviv et al. 2022, “Transformer language models without positional encodings still learn positional information”',
};

/** How often a key's value is known where training ended, and at the end of the longest sequence. */
export interface Fall {
  readonly scheme: string;
  readonly from: number;
  readonly to: number;
}

/** What the text speaks of. */
export interface Found {
  /** How often a reader tells which of two tokens came first. */
  readonly order: Readonly<Record<'none' | 'sinusoidal' | 'alibi' | 'decoder', Spread>>;
  /** The best at the end first. */
  readonly falls: readonly Fall[];
  readonly luck: number;
  readonly width: number;
  readonly layers: number;
  readonly learningRate: number;
  readonly batch: number;
  /** Of the first task: tokens, updates, sequences that are measured. */
  readonly first: { readonly time: number; readonly steps: number; readonly rows: number };
  /** Of the second: tokens in training, the most that are tested, places counted together, updates, sequences. */
  readonly keys: Readonly<Record<'trained' | 'longest' | 'stride' | 'steps' | 'rows', number>>;
}

/** What was found, why, and how, in words. */
export function prose(found: Found): Prose {
  const { order, falls, luck, width, layers, learningRate, batch, first, keys } = found;
  const told = (spread: Spread): string => showSpread(spread, percent);
  const fall = ({ scheme, from, to }: Fall): string => `${percent(from)} and ${percent(to)} (${scheme})`;
  return {
    says:
      `An encoder without positions tells which of two tokens came first in ${told(order.none)} of cases, with sinusoidal positions in ${told(order.sinusoidal)}, ` +
      `with ALiBi, whose bias is the same in both directions, in ${told(order.alibi)}; a decoder without positions does in ${told(order.decoder)}. ` +
      `Language models trained on ${keys.trained} tokens know a key’s value at the end of ${keys.trained} and of ${keys.longest} tokens in ${falls.map(fall).join(', ')}; guessing gives ${percent(keyValueChance)}.`,
    explanation: [
      'Attention compares contents and adds up what it finds: when the tokens of a sequence change places, what an encoder makes of each moves along with it and is otherwise the same. A mean over all tokens then cannot depend on their order at all. No training helps: the accuracy is that of a coin. ALiBi in an encoder knows distances but not directions, so that a sequence and its mirror image look alike: it cannot tell which of two tokens was first either.',
      'A decoder is different. Its causal mask lets token t see t tokens, so that it can count how thin its attention has become: it learns some order with no positions at all. In the second task it learns more slowly than the others and is never as sure, since it has no sharp notion of “the token right before”.',
      `The second figure: in training every place up to ${keys.trained} has been seen, and none after it. A table of learned positions has rows there that were never trained. Sinusoids and rotations have values, but combinations of them that were never seen. Schemes that know nothing but distances, and stop telling far ones apart (relative: from 16 on; t5: in ever wider buckets; ALiBi: a penalty that only grows), meet little that is new.`,
    ],
    method: [
      `Which came first: ${first.time} tokens, ten kinds of fillers and two marks, once each; a Transformer encoder of ${layers} layers, width ${width}, four heads, mean pooling and a linear layer; ${first.steps} updates of Adam (peak rate ${learningRate}) on new batches of ${batch}, measured on ${first.rows} new sequences. The decoder is asked after the last token.`,
      `Values of keys: pairs of one of 8 keys and one of 8 values; every sequence has its own values for its keys, and after a key that occurred before its value is asked for. A causal Transformer of the same size, ${keys.steps} updates on sequences of ${keys.trained} tokens; measured on ${keys.rows} sequences of ${keys.longest}, ${keys.stride} places together. A later key is no harder by itself: there are more pairs to find it in.`,
      `The claim holds when for all seeds the encoder without positions stays within ${percent(luck)} of one half and that with sinusoids is above 70 %, and at ${keys.longest} tokens ALiBi is above sinusoidal and learned positions.`,
    ],
  };
}
