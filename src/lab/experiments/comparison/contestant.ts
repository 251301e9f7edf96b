import { transformerTranslator } from '../../toys/transformer-translator.ts';
import { type Translator, translator } from '../../toys/translator.ts';

/** Number of words in the language, and the width of vectors and of every state. */
export const contestantSize = { words: 16, width: 48 } as const;

/** A kind of model of the comparison. */
export interface Contestant {
  readonly name: string;
  readonly translator: Translator;
  /** Peak learning rate. */
  readonly learningRate: number;
  /** Steps between the first word of a source and the last of its target, both of `time` words: by definition. */
  path(time: number): number;
}

/** Reads the whole source, then writes up to the word in question. */
const throughAll = (time: number): number => 2 * time;
/** Looks it up. */
const lookedUp = (): number => 1;

const withoutAttention = (name: string, cell: string, learningRate: number): Contestant => ({
  name,
  translator: translator(contestantSize, { cell, attention: 'none', bidirectional: false }),
  learningRate,
  path: throughAll,
});

/** Encoder–decoders of one width; the first three have only a state. */
export const contestants: readonly Contestant[] = [
  withoutAttention('RNN', 'rnn_tanh', 3e-3),
  withoutAttention('LSTM', 'lstm', 5e-3),
  withoutAttention('GRU', 'gru', 5e-3),
  {
    name: 'GRU with attention',
    translator: translator(contestantSize, { attention: 'additive', attention_query: 'previous' }),
    learningRate: 5e-3,
    path: lookedUp,
  },
  {
    name: 'Transformer',
    translator: transformerTranslator(contestantSize, { num_hidden_layers: 2 }),
    learningRate: 5e-3,
    path: lookedUp,
  },
];
