import { pairsDigest } from '../../data/batch/digest.ts';
import type { EncodedPairs } from '../../data/batch/encode.ts';
import { planEpoch } from '../../data/batch/epoch.ts';
import type { ParallelText } from '../../data/read/parallel.ts';
import { createGenerator, type Generated } from '../../decode/generator.ts';
import { firstOf } from '../../io/item-at.ts';
import { type ModelSetup, modelParameters } from '../../models/families/setup.ts';
import { saveModelFiles } from '../../models/folder/save.ts';
import { traceLoss } from '../../models/heads/loss.ts';
import type { Backend } from '../../runtime/backend.ts';
import { trainerGroup } from '../../train/optimizers/parameter-group.ts';
import type { Weights } from '../../train/run/average.ts';
import type { Files } from '../../train/run/run-folder.ts';
import { cutTokens } from '../model/long-text.ts';
import { scoredSets, withPrefix } from '../scored-set.ts';
import type { ScoredSet, Scores, TaskRun } from '../task.ts';
import { compareTexts, comparisonOf } from './comparison.ts';
import { dataNotes, type TextToTextData } from './data.ts';
import type { TextToTextRecipe } from './recipe.ts';
import type { TextScore } from './score.ts';
import { sequenceSource } from './sequence-batch.ts';
import { SequenceEvaluation } from './sequence-evaluation.ts';

/** Texts to score, with their tokens if the loss is needed too. */
interface PairSet {
  readonly text: ParallelText;
  readonly pairs?: EncodedPairs;
}

/** A loaded recipe for a task from texts to texts. */
export class TextToTextRun implements TaskRun {
  readonly #recipe: TextToTextRecipe;
  readonly #setup: ModelSetup<'sequence-to-sequence'>;
  readonly #data: TextToTextData;
  readonly #backend: Backend;
  readonly #scorer: TextScore;
  #evaluation?: Promise<SequenceEvaluation>;
  readonly dataDigest: string;
  readonly notes: readonly string[];
  readonly samples: number;
  readonly scored: readonly ScoredSet[];
  readonly lowerIsBetter: readonly string[];

  /** @throws {InputError} when a pair does not fit into a batch. */
  constructor(
    recipe: TextToTextRecipe,
    setup: ModelSetup<'sequence-to-sequence'>,
    data: TextToTextData,
    backend: Backend,
    scorer: TextScore,
  ) {
    const sets = [data.train, ...(data.validation ? [data.validation.pairs] : [])];
    this.#recipe = recipe;
    this.#setup = setup;
    this.#data = data;
    this.#backend = backend;
    this.#scorer = scorer;
    this.lowerIsBetter = scorer.lowerIsBetter ?? [];
    const { max_tokens_per_batch, seed } = recipe.train;
    for (const pairs of sets) planEpoch(pairs, { max_tokens_per_batch, seed }, 0);
    this.dataDigest = pairsDigest(...sets);
    if (!data.validation) this.evaluate = undefined;
    this.notes = dataNotes(recipe, data);
    this.samples = data.train.source.length;
    const scored = { eval: data.validation, test: data.test && { text: data.test } };
    this.scored = scoredSets<PairSet>(scored, (set) => ({
      samples: set.text.source.length,
      score: (weights, signal) => this.#finished(weights, set, signal),
    }));
  }

  readonly loss: TaskRun['loss'] = (root) =>
    traceLoss(root, this.#setup.model, { labelSmoothing: this.#recipe.train.label_smoothing_factor });

  readonly source: TaskRun['source'] = (position) => {
    const { max_tokens_per_batch, seed } = this.#recipe.train;
    return sequenceSource(this.#data.train, { max_tokens_per_batch, seed, ...this.#tokens }, position);
  };

  evaluate: TaskRun['evaluate'] = async (weights) => {
    const { validation } = this.#data;
    if (!validation) throw new Error('evaluate: there is no validation set');
    const { predict_with_generate, generation_num_beams } = this.#recipe.train;
    const eval_loss = await this.#loss(weights, validation.pairs);
    if (!predict_with_generate) return { eval_loss };
    const generation = { ...this.#recipe.generation, num_beams: generation_num_beams, num_return_sequences: 1 };
    const scores = await this.#scores(weights, validation.text, generation);
    return { eval_loss, ...withPrefix('eval', scores) };
  };

  /** The final weights are scored with the recipe's generation settings; the loss is for the validation set only. */
  async #finished(weights: Weights, { text, pairs }: PairSet, signal?: AbortSignal): Promise<Scores> {
    return {
      ...(pairs && { loss: await this.#loss(weights, pairs, signal) }),
      ...(await this.#scores(weights, text, this.#recipe.generation, signal)),
    };
  }

  /** Mean cross entropy per target token, in nats. */
  async #loss(weights: Weights, pairs: EncodedPairs, signal?: AbortSignal): Promise<number> {
    this.#evaluation ??= SequenceEvaluation.make(this.#setup.model, this.#backend);
    const { max_tokens_per_batch } = this.#recipe.train;
    return (await this.#evaluation).loss(weights, pairs, this.#tokens, max_tokens_per_batch, signal);
  }

  readonly group = trainerGroup;

  get parameters(): TaskRun['parameters'] {
    return modelParameters(this.#setup);
  }

  get checkpoint(): TaskRun['checkpoint'] {
    return this.#setup.checkpoint;
  }

  readonly files = (weights: Weights): Files => ({
    ...Object.fromEntries(saveModelFiles(this.#setup, weights, this.#recipe.generation)),
    ...this.#data.tokenizers.files,
  });

  /** Scores of the texts that the weights generate; a text longer than the model's positions is cut. */
  async #scores(
    weights: Weights,
    { source: texts, target: references }: ParallelText,
    generation: object,
    signal?: AbortSignal,
  ) {
    const { source, target } = this.#data.tokenizers;
    const { generationDefaults } = this.#setup;
    const generator = createGenerator(this.#setup.model, weights, this.#backend);
    try {
      const inputs = texts.map((text) => cutTokens(source.encode(text), this.#setup.tokens.maxTokens));
      const results = await generator.generate(
        inputs,
        { ...generationDefaults, ...generation },
        { tokenizer: target, signal },
      );
      const bestOf = ({ sequences }: Generated) => firstOf(sequences, 'a result');
      const hypotheses = results.map((result) => target.decode(bestOf(result), { skip_special_tokens: true }));
      return compareTexts(this.#scorer, hypotheses, references, comparisonOf(this.#recipe)).scores;
    } finally {
      await generator.dispose();
    }
  }

  async dispose(): Promise<void> {
    await (await this.#evaluation)?.dispose();
  }

  get #tokens() {
    const { padTokenId, decoderStartTokenId } = this.#setup.tokens;
    return { sourcePadId: padTokenId, targetPadId: padTokenId, decoderStartTokenId };
  }
}
