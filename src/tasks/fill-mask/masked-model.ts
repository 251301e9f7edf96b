import { randomStream } from '../../data/batch/shuffle.ts';
import { input, type Tensor } from '../../graph/index.ts';
import type { ModelSetup } from '../../models/families/setup.ts';
import { rowFeeds } from '../../models/heads/terms/token-term.ts';
import { graphInputs } from '../../models/inputs/input-spec.ts';
import { crossEntropyLoss } from '../../nn/index.ts';
import { argmax, cast, equal } from '../../ops/index.ts';
import type { RowProgram } from '../model/row-program.ts';
import { filledVector, textFeeds } from '../model/text-batch.ts';
import type { RowTask } from '../run/row-task.ts';
import type { TextWindow, WindowedText } from './text-window.ts';
import { type MaskOptions, maskTokens } from './token-mask.ts';

/** How well the hidden tokens of a window are predicted. */
export interface WindowScore {
  /** The sum of −log p, in nats. */
  readonly loss: number;
  /** The number of tokens whose best prediction is right, and of all. */
  readonly right: number;
  readonly count: number;
}

type Setup = Pick<ModelSetup<'masked-lm'>, 'model' | 'tokens'>;

/** How tokens are hidden, and the seed of the choice. */
type Masking = MaskOptions & { readonly seed: number };

/** The scores for which lower is better, besides the loss. */
export const lowerIsBetter = ['perplexity'] as const;

/** Windows with tokens to predict: the model's inputs, the places in the flattened [B·T], and the tokens there. */
function maskedFeeds(
  rows: readonly TextWindow[],
  setup: Setup,
  { options, streamOf }: { readonly options: MaskOptions; streamOf(row: TextWindow): readonly number[] },
) {
  const masked = rows.map((row) => ({ ...row, ...maskTokens(row, options, randomStream(...streamOf(row))) }));
  const feeds = textFeeds(masked, setup);
  const [, time] = feeds.input_ids.shape;
  return {
    feeds,
    places: Int32Array.from(masked.flatMap(({ places }, row) => Array.from(places, (place) => row * time + place))),
    labels: Int32Array.from(masked.flatMap(({ labels }) => Array.from(labels))),
    counts: masked.map(({ labels }) => labels.length),
  };
}

type Outputs = { readonly surprise: Tensor; readonly is_right: Tensor };

/** A masked language model over windows whose masks follow from the seed and the window's number alone. */
function scoringProgram(setup: Setup, { seed, ...options }: Masking): RowProgram<TextWindow, WindowScore, Outputs> {
  const { model } = setup;
  const fixed = (rows: readonly TextWindow[]) =>
    maskedFeeds(rows, setup, { options, streamOf: ({ example }) => [seed, example] });
  return {
    name: 'the masked language model',
    outputs(root) {
      const places = input('mask_places', ['masks'], 'int32');
      const labels = input('mask_labels', ['masks'], 'int32');
      const logits = model.logitsAt(root, model.run(root, graphInputs(model.inputs)), places);
      return {
        surprise: crossEntropyLoss(logits, labels, { reduction: 'none' }),
        is_right: cast(equal(argmax(logits), labels), { dtype: 'float' }),
      };
    },
    feeds(rows) {
      const { feeds, places, labels } = fixed(rows);
      const { padding } = setup.tokens;
      return { ...feeds, mask_places: filledVector(places, padding), mask_labels: filledVector(labels, padding) };
    },
    results({ surprise, is_right }, rows) {
      let end = 0;
      return fixed(rows).counts.map((count) => {
        const from = end;
        end += count;
        const sum = (numbers: Float32Array) => numbers.subarray(from, end).reduce((total, one) => total + one, 0);
        return { loss: sum(surprise.data as Float32Array), right: sum(is_right.data as Float32Array), count };
      });
    },
  };
}

/** A masked language model over windows. Training hides other tokens in every epoch; scores always the same. */
export function maskedLmTask(setup: Setup, masking: Masking): RowTask<TextWindow, WindowScore, WindowedText> {
  const { seed, ...options } = masking;
  return {
    ...scoringProgram(setup, masking),
    batch(rows, epoch) {
      const streamOf = ({ example }: TextWindow) => [seed, epoch, example];
      const { feeds, places, labels } = maskedFeeds(rows, setup, { options, streamOf });
      return {
        counts: { labels: labels.length },
        feeds: { ...feeds, ...rowFeeds(places, labels, setup.tokens.padding) },
      };
    },
    digested: ({ ids }) => ({ ids, targets: [] }),
    scores(_, windows) {
      const sum = (of: keyof WindowScore) => windows.reduce((total, window) => total + window[of], 0);
      const count = sum('count');
      const loss = sum('loss') / count;
      return { loss, accuracy: sum('right') / count, perplexity: Math.exp(loss) };
    },
  };
}
