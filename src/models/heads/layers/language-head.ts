import { broadcastTo, constantTensor } from '../../../graph/index.ts';
import { normal, type Scope, zeros } from '../../../nn/index.ts';
import type { Body } from '../../body/body.ts';
import type { OutputLayer } from '../terms/token-term.ts';

/** A configuration of a model that predicts tokens. */
export interface LanguageHeadConfig {
  readonly tie_word_embeddings: boolean;
  readonly initializer_range: number;
}

/** An output layer `lm_head`. */
interface LanguageLayer {
  /** Whether its weight is the body's table. */
  readonly isTied: boolean;
  readonly hasBias: boolean;
  /** Standard deviation of the initial weights. */
  readonly deviation: number;
}

/** The output layer `lm_head`: the body's table ([V, D]) or its own weight, and a bias or none. */
export const languageLayer = (body: Body, { isTied, hasBias, deviation }: LanguageLayer): OutputLayer => ({
  head(root: Scope) {
    const table = body.table(root);
    const [rows, width] = table.shape as readonly number[];
    const scope = root.at('lm_head');
    const own = () => scope.parameter('weight', [rows, width], normal(0, deviation), { part: 'head' });
    const bias = () => scope.parameter('bias', [rows], zeros, { part: 'bias' });
    return {
      weight: isTied ? table : own(),
      bias: hasBias ? bias() : broadcastTo(constantTensor(0), { shape: [rows] }),
    };
  },
});

/** The output layer of Heddle's own models, with a bias. */
export const languageHead = (config: LanguageHeadConfig, body: Body): OutputLayer =>
  languageLayer(body, { isTied: config.tie_word_embeddings, hasBias: true, deviation: config.initializer_range });
