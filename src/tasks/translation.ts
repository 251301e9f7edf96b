import { pairsDigest } from '../data/digest.ts';
import type { EncodedPairs } from '../data/encode.ts';
import { planEpoch } from '../data/epoch.ts';
import { createGenerator } from '../decode/generator.ts';
import type { ModelSetup } from '../models/family.ts';
import { saveModelFiles } from '../models/save.ts';
import type { Backend } from '../runtime/backend.ts';
import type { Weights } from '../train/average.ts';
import type { Files } from '../train/run-folder.ts';
import { sequenceLoss } from '../train/sequence-loss.ts';
import type { TrainingTask } from '../train/training.ts';
import { heddleFile, heddleText } from './heddle-file.ts';
import type { Recipe } from './recipe-schema.ts';
import { sequenceSource } from './sequence-batch.ts';
import { SequenceEvaluation } from './sequence-evaluation.ts';
import { tokenizerFiles } from './tokenizer-file.ts';
import type { TranslationData } from './translation-data.ts';
import { cutTokens } from './translation-pipeline.ts';
import { translationScores } from './translation-score.ts';

/** Translations of texts with given weights. */
export type Translate = (
  texts: readonly string[],
  weights: Weights,
  generation: Record<string, unknown>,
) => Promise<string[]>;

/** A translation recipe as the trainer sees it. */
export class TranslationTask implements TrainingTask {
  readonly #recipe: Recipe;
  readonly #setup: ModelSetup;
  readonly #data: TranslationData;
  readonly #backend: Backend;
  #evaluation?: Promise<SequenceEvaluation>;
  readonly dataDigest: string;

  /** @throws {InputError} when a pair does not fit into a batch. */
  constructor(recipe: Recipe, setup: ModelSetup, data: TranslationData, backend: Backend) {
    const sets = [data.train, ...(data.validation ? [data.validation.pairs] : [])];
    this.#recipe = recipe;
    this.#setup = setup;
    this.#data = data;
    this.#backend = backend;
    const { max_tokens_per_batch, seed } = recipe.train;
    for (const pairs of sets) planEpoch(pairs, { max_tokens_per_batch, seed }, 0);
    this.dataDigest = pairsDigest(...sets);
    if (!data.validation) this.evaluate = undefined;
  }

  readonly loss: TrainingTask['loss'] = (root) =>
    sequenceLoss(root, this.#setup.model, this.#recipe.train.label_smoothing_factor);

  readonly source: TrainingTask['source'] = (position) => {
    const { max_tokens_per_batch, seed } = this.#recipe.train;
    return sequenceSource(this.#data.train, { max_tokens_per_batch, seed, ...this.#tokens }, position);
  };

  evaluate: TrainingTask['evaluate'] = async (weights) => {
    const { validation } = this.#data;
    if (!validation) throw new Error('evaluate: there is no validation set');
    const { predict_with_generate, generation_num_beams } = this.#recipe.train;
    const eval_loss = await this.validationLoss(weights, validation.pairs);
    if (!predict_with_generate) return { eval_loss };
    const hypotheses = await this.translate(validation.text.source, weights, {
      ...this.#recipe.generation,
      num_beams: generation_num_beams,
      num_return_sequences: 1,
    });
    return { eval_loss, ...this.scores(hypotheses, validation.text.target) };
  };

  /** Mean cross entropy a target token, in nats. */
  async validationLoss(weights: Weights, pairs: EncodedPairs): Promise<number> {
    this.#evaluation ??= SequenceEvaluation.make(this.#setup.model, this.#backend);
    return (await this.#evaluation).loss(weights, pairs, this.#tokens, this.#recipe.train.max_tokens_per_batch);
  }

  /** Without weight decay: biases and the scale of norms, the vectors among the parameters. */
  readonly hasDecay: TrainingTask['hasDecay'] = (_, shape) => shape.length > 1;

  readonly files = (weights: Weights): Files => ({
    ...Object.fromEntries(saveModelFiles(this.#setup, weights, this.#recipe.generation)),
    ...tokenizerFiles(this.#data.trained),
    [heddleFile]: heddleText({ task: this.#recipe.task, recipe: this.#recipe }),
  });

  /** Translates with the recipe's generation settings, or others; a text longer than the model's positions is cut. */
  readonly translate: Translate = async (texts, weights, generation) => {
    const { source, target } = this.#data.tokenizers;
    const { generationDefaults } = this.#setup;
    const generator = createGenerator(this.#setup.model, weights, this.#backend);
    try {
      const inputs = texts.map((text) => cutTokens(source.encode(text), this.#setup.tokens.maxTokens));
      const results = await generator.generate(inputs, { ...generationDefaults, ...generation });
      return results.map(({ sequences }) => target.decode(sequences[0], { skip_special_tokens: true }));
    } finally {
      await generator.dispose();
    }
  };

  /** Scores as sacreBLEU gives them on the texts as they are. */
  scores(hypotheses: readonly string[], references: readonly string[]) {
    const { tokenizer, train } = this.#recipe;
    const { warnings: _, ...scores } = translationScores(hypotheses, references, {
      tokenize: train.bleu_tokenize,
      lowercase: tokenizer.lowercase,
    });
    return scores;
  }

  async dispose(): Promise<void> {
    await (await this.#evaluation)?.dispose();
  }

  get #tokens() {
    const { padTokenId, decoderStartTokenId } = this.#setup.tokens;
    return { sourcePadId: padTokenId, targetPadId: padTokenId, decoderStartTokenId };
  }
}
