import type { Heading, Prose } from '../../experiment.ts';
import { percent } from '../../number-text.ts';
import { type Spread, showSpread } from '../../spread.ts';

export const heading: Heading = {
  title: 'Attention thins out as sequences grow',
  claim:
    'Softmax gives every input a share: with one score of 3 and all others 0, the one token gets e³/(e³ + 9) = 69 % of the weight among 10 inputs, but e³/(e³ + 99) = 17 % among 100.',
  source:
    'Hahn 2020, “Theoretical limitations of self-attention in neural sequence models”; Veličković et al. 2024, “softmax is not enough (for sharp out-of-distribution)”; for log n Chiang & Cholak 2022, “Overcoming a theoretical limitation of self-attention”',
};

/** The numbers that the text uses. */
export interface Found {
  /** Computed weight of a score of 3 among 10 and 100 inputs. */
  readonly ofTen: number;
  readonly ofHundred: number;
  /**
   * Weight that trained models give the target token: the largest number among 16 and 256 tokens, the others among 256.
   */
  readonly near: Spread;
  readonly far: Spread;
  readonly scaled: Spread;
  readonly sharpened: Spread;
  readonly flag: Spread;
  /** Share of the largest numbers among 256 that are named correctly. */
  readonly farRight: Spread;
  readonly longest: number;
  readonly steps: number;
  readonly batch: number;
  readonly rows: number;
}

/** The result, its explanation and the method, in words. */
export function prose(found: Found): Prose {
  const { ofTen, ofHundred, longest, steps, batch, rows } = found;
  const share = (spread: Spread): string => showSpread(spread, percent);
  return {
    says:
      `A score of 3 gets ${percent(ofTen)} of the weight of 10 inputs and ${percent(ofHundred)} of 100. A model trained on at most ${longest} ` +
      `tokens to find the largest number gives it ${share(found.near)} of its weight among 16 tokens and ${share(found.far)} among 256, where it names ` +
      `${share(found.farRight)} correctly; with scores multiplied by log n the weight is ${share(found.scaled)}, multiplied by 4 after training ${share(found.sharpened)}. ` +
      `A model that finds a token by a flag keeps ${share(found.flag)}.`,
    explanation: [
      'The weights of a softmax add up to 1, and no score makes a weight zero. Every additional token takes its share, e⁰ = 1 against e³ ≈ 20: with 20 others, half of the weight is gone. To keep the weight as n grows, the gap between the scores must grow like log n.',
      'Whether this hurts a trained model depends on the gap that it can make. A flag is either there or not: training widens the gap without limit, far beyond what the training lengths need, and nothing thins out up to 256 tokens. Finding the largest of n numbers is harder, because the second largest comes ever closer. A gap that is enough for 16 tokens is not enough for 256, and the weight goes to near misses.',
      'Scores multiplied by log n (in training and after) or by a constant after training sharpen the softmax and recover much of the weight. They recover less of the accuracy: if the wrong token has the highest score, a sharper softmax only makes the model more certain of it.',
    ],
    method: [
      'Arithmetic: the softmax of ONNX Runtime, float32, over rows with one score s and n − 1 zeros.',
      `Trained models: one attention head of width 32 with one learned query over tokens, each the sum of a vector for its value (one of 16) and a vector times its mark; a linear layer names the value of the marked token. The mark is 1 for one token and 0 for the others (flag), or uniform in [0, 1) for every token, and the token with the largest mark is the one to find. ${steps} updates of Adam on new batches of ${batch} sequences of one length, uniform in 2 … ${longest}; measured on ${rows} new sequences of each length. Scores · log n means log n / log ${longest}.`,
      'The claim holds if the computed weights of score 3 equal the formula to 10⁻⁵, and for all seeds the weight of the largest number among 256 tokens is below that among 16.',
    ],
  };
}
