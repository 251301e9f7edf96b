import { pairsDigest } from '../../data/batch/digest.ts';
import type { EncodedPairs } from '../../data/batch/encode.ts';
import { encodeWithin } from '../../data/batch/encode-within.ts';
import { planEpoch } from '../../data/batch/epoch.ts';
import type { ParallelText } from '../../data/read/parallel.ts';
import { createGenerator, type Generated } from '../../decode/generator.ts';
import type { GenerationConfig } from '../../decode/settings/generation-config.ts';
import { firstOf } from '../../io/item-at.ts';
import { withPadding } from '../../models/text-length.ts';
import type { Backend } from '../../runtime/backend.ts';
import type { Weights } from '../../train/run/average.ts';
import { refuseDivergedLoss } from '../../train/run/finite.ts';
import type { Evaluator } from '../run/evaluator.ts';
import type { RunSetup } from '../run/recipe-model.ts';
import type { PreparedTask, SampledSet } from '../run/task-run.ts';
import type { Scores } from '../task.ts';
import { compareTexts, comparisonOf } from './comparison.ts';
import { dataNotes, type TextToTextData } from './data.ts';
import type { TextToTextRecipe } from './recipe.ts';
import type { TextScore } from './score.ts';
import { batchTokens, sequenceTraining } from './sequence-batch.ts';
import { SequenceEvaluation } from './sequence-evaluation.ts';

/** Texts to score, with their tokens if the loss is needed too. */
interface PairSet extends SampledSet {
  readonly text: ParallelText;
  readonly pairs?: EncodedPairs;
}

type Setup = RunSetup<'sequence-to-sequence'>;

/** A loaded recipe for a task from texts to texts. @throws {InputError} when a pair does not fit into a batch. */
export function textToTextTraining(
  recipe: TextToTextRecipe,
  described: Setup,
  data: TextToTextData,
  scorer: TextScore,
): PreparedTask<PairSet> {
  const { max_length, max_tokens_per_batch, pad_to_multiple_of = 1, seed, label_smoothing_factor } = recipe.train;
  const setup = withPadding(described, pad_to_multiple_of, max_tokens_per_batch);
  const { train, validation, test } = data;
  const options = { max_tokens_per_batch, seed, ...batchTokens(setup) };
  const encoded = [train, ...(validation ? [validation.pairs] : [])];
  for (const pairs of encoded) planEpoch(pairs, options, 0);
  return {
    setup,
    maxTokens: max_length,
    lossOptions: { labelSmoothing: label_smoothing_factor },
    train: sequenceTraining(train, options),
    sets: {
      validation: validation && { ...validation, samples: validation.text.source.length },
      test: test && { text: test, samples: test.source.length },
    },
    evaluator: async (backend) => pairEvaluator(recipe, setup, data, { scorer, backend }),
    dataDigest: pairsDigest(...encoded),
    notes: dataNotes(recipe, data),
    files: data.tokenizers.files,
    generation: recipe.generation,
    lowerIsBetter: scorer.lowerIsBetter ?? [],
  };
}

/**
 * Scores weights between updates as `train` says, and final weights with the recipe's generation settings. The loss, the
 * mean cross entropy per target token in nats, is for sets with tokens only.
 */
function pairEvaluator(
  recipe: TextToTextRecipe,
  setup: Setup,
  data: TextToTextData,
  { scorer, backend }: { readonly scorer: TextScore; readonly backend: Backend },
): Evaluator<PairSet> {
  const { source, target } = data.tokenizers;
  const { max_tokens_per_batch, predict_with_generate, generation_num_beams } = recipe.train;
  let made: Promise<SequenceEvaluation> | undefined;
  const lossOf = async (weights: Weights, pairs: EncodedPairs, signal?: AbortSignal): Promise<number> => {
    made ??= SequenceEvaluation.make(setup.model, backend);
    return (await made).loss(weights, pairs, batchTokens(setup), max_tokens_per_batch, signal);
  };
  /** The texts that the weights generate; a text longer than the model's positions is cut. */
  async function write(weights: Weights, texts: readonly string[], fields: GenerationConfig, signal?: AbortSignal) {
    const generator = createGenerator(setup.model, weights, backend);
    try {
      const inputs = texts.map((text) => encodeWithin(source, text, setup.tokens.maxTokens).ids);
      const config = { ...setup.generationDefaults, ...fields };
      const results = await generator.generate(inputs, config, { tokenizer: target, signal });
      const bestOf = ({ sequences }: Generated) => firstOf(sequences, 'a result');
      return results.map((result) => target.decode(bestOf(result), { skip_special_tokens: true }));
    } finally {
      await generator.dispose();
    }
  }
  const interim = { ...recipe.generation, num_beams: generation_num_beams, num_return_sequences: 1 };
  return {
    async score({ text, pairs }, { weights, isFinal, signal }): Promise<Scores> {
      const loss = pairs && { loss: await lossOf(weights, pairs, signal) };
      // Such weights cannot write texts.
      refuseDivergedLoss('train', 'eval_loss', loss?.loss);
      if (!isFinal && !predict_with_generate) return { ...loss };
      const config = isFinal ? recipe.generation : interim;
      const written = await write(weights, text.source, config, signal).catch(async (error: unknown) => {
        // A set without a loss: that of a pair to train on says whether the weights are the reason.
        if (!loss) refuseDivergedLoss('train', 'the loss', await lossOf(weights, firstPair(data.train), signal));
        throw error;
      });
      return { ...loss, ...compareTexts(scorer, written, text.target, comparisonOf(recipe)).scores };
    },
    dispose: async () => (await made)?.dispose(),
  };
}

const firstPair = (pairs: EncodedPairs): EncodedPairs => ({
  ...pairs,
  source: pairs.source.slice(0, 1),
  target: pairs.target.slice(0, 1),
});
