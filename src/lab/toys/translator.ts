import { makeBatch } from '../../data/batch/batch.ts';
import { createGenerator } from '../../decode/generator.ts';
import { input, type Tensor } from '../../graph/index.ts';
import type { SequenceToSequenceModel } from '../../models/body/decoder.ts';
import { checkConfig, inRole } from '../../models/families/check-config.ts';
import { type Scope, smoothedTokenLoss } from '../../nn/index.ts';
import { argmax, linear } from '../../ops/index.ts';
import type { Backend, HostTensor } from '../../runtime/backend.ts';
import { ids } from '../feed.ts';
import type { Weights } from '../weights.ts';

/** A sentence of an artificial language and its translation: ids of words, 0 … words − 1. */
export interface SentencePair {
  readonly source: readonly number[];
  readonly target: readonly number[];
}

/** A recurrent encoder–decoder small enough to be trained in a minute. */
export interface Translator {
  readonly model: SequenceToSequenceModel;
  /** Ids after those of the words. */
  readonly pad: number;
  readonly end: number;
  readonly start: number;
}

export interface TranslatorSize {
  readonly words: number;
  /** Width of vectors and of every state. */
  readonly width: number;
}

/** `fields`: changes to a `recurrent_seq2seq` of one GRU layer on each side without dropout. */
export function translator({ words, width }: TranslatorSize, fields: Readonly<Record<string, unknown>>): Translator {
  const [pad, end, start] = [words, words + 1, words + 2];
  const config = {
    model_type: 'recurrent_seq2seq',
    vocab_size: words + 3,
    pad_token_id: pad,
    eos_token_id: end,
    decoder_start_token_id: start,
    embedding_size: width,
    hidden_size: width,
    initializer_range: 1,
    dropout: 0,
    ...fields,
  };
  const { model } = inRole(checkConfig(config, 'lab', { isStrict: true }), 'sequence-to-sequence', 'lab');
  return { model, pad, end, start };
}

/**
 * Logits of every token of the targets, [B, T, V]. `teacherForcing`: the probability that the decoder reads the
 * target's token; 1 when absent.
 */
export function translatorLogits(root: Scope, { model }: Translator, teacherForcing?: Tensor): Tensor {
  const hidden = model.hidden(root, {
    input_ids: input('input_ids', ['batch', 'source'], 'int32'),
    attention_mask: input('attention_mask', ['batch', 'source'], 'int32'),
    decoder_input_ids: input('decoder_input_ids', ['batch', 'target'], 'int32'),
    ...(teacherForcing && { teacher_forcing: teacherForcing }),
  });
  const { weight, bias } = model.head(root);
  return linear(hidden, weight, bias);
}

const meanLoss = (logits: Tensor): Tensor =>
  smoothedTokenLoss(logits, input('labels', ['batch', 'target'], 'int32'), { epsilon: 0 });

/** Mean cross entropy of the targets' tokens and end tokens. */
export const translatorLoss = (root: Scope, translator: Translator, teacherForcing?: Tensor): Tensor =>
  meanLoss(translatorLogits(root, translator, teacherForcing));

/** The decoder under teacher forcing: its loss, [], and its best token at every position, int32 [B, T]. */
export function forced(root: Scope, translator: Translator): { readonly loss: Tensor; readonly best: Tensor } {
  const logits = translatorLogits(root, translator);
  return { loss: meanLoss(logits), best: argmax(logits) };
}

/** Pairs as feeds of {@link translatorLoss}: the decoder reads the target after the start token and must end it. */
export function pairFeeds(
  pairs: readonly SentencePair[],
  { pad, end, start }: Translator,
): Readonly<Record<string, HostTensor>> {
  const encoded = {
    source: pairs.map(({ source }) => Int32Array.from(source)),
    target: pairs.map(({ target }) => Int32Array.from([...target, end])),
    truncated: { source: 0, target: 0 },
    origin: (index: number) => `pair ${index}`,
  };
  const tokens = { sourcePadId: pad, targetPadId: pad, decoderStartTokenId: start };
  const batch = makeBatch(encoded, Int32Array.from(pairs.keys()), tokens);
  const { B, S, T } = batch;
  return {
    input_ids: ids([B, S], batch.inputIds),
    attention_mask: ids([B, S], batch.attentionMask),
    decoder_input_ids: ids([B, T], batch.decoderInputIds),
    labels: ids([B, T], batch.labels),
  };
}

/** Sentences → their translations by greedy search, each of at most `longest` words, without the end token. */
export type Translate = (
  sources: readonly (readonly number[])[],
  longest: number,
) => Promise<readonly (readonly number[])[]>;

/** Compiles a trained translator, uses it, and always frees it. */
export async function translating<T>(
  backend: Backend,
  { model, pad, end, start }: Translator,
  weights: Weights,
  use: (translate: Translate) => Promise<T>,
): Promise<T> {
  const parameters = new Map(Object.entries(weights).map(([name, { data }]) => [name, data]));
  const generator = createGenerator(model, parameters, backend, { sessions: 1, threads: 1 });
  try {
    return await use(async (sources, longest) => {
      const config = {
        decoder_start_token_id: start,
        eos_token_id: end,
        pad_token_id: pad,
        suppress_tokens: [pad, start],
        max_new_tokens: longest + 1,
      };
      const found = await generator.generate(sources, config);
      return found.map(({ sequences: [sequence] }) => sequence.slice(1).filter((id) => id !== end));
    });
  } finally {
    await generator.dispose();
  }
}

/** Translates sentences with a trained translator; see {@link Translate}. */
export const translate = (
  backend: Backend,
  translator: Translator,
  weights: Weights,
  ...given: Parameters<Translate>
): ReturnType<Translate> => translating(backend, translator, weights, (run) => run(...given));
