import { mul, reshape, sizeOf, type Tensor } from '../../graph/index.ts';
import type { Initializer } from '../initializer.ts';
import type { Part, Scope } from '../scope.ts';
import { activation, gates } from './activation.ts';
import { type Dense, linear } from './linear.ts';

/** Widths, activation and initial weights of a feed-forward network. */
export interface FeedForwardConfig {
  readonly width: number;
  readonly innerWidth: number;
  /** A name of the table of activations or of gates. */
  readonly activation: string;
  /** Whether a name of the table of activations is that of a gate. */
  readonly isGated?: boolean;
  /** Dropout after the activation, or after the gate. */
  readonly dropout?: number;
  readonly hasBias?: boolean;
  readonly weightInitializer?: Initializer;
  readonly biasInitializer?: Initializer;
  /** Initial weights of single layers, in place of `weightInitializer`. */
  readonly initializers?: Readonly<Partial<Record<Part, Initializer>>>;
  /** The form of its layers; {@link linear} when absent. */
  readonly dense?: Dense;
  /** The names of its layers; BART’s when absent. */
  readonly names?: FeedForwardNames;
}

/** Paths of the layers of a feed-forward network. */
export interface FeedForwardNames {
  readonly inner: string;
  readonly outer: string;
  readonly gate: string;
}

/** BART's names. */
const feedForwardNames: FeedForwardNames = { inner: 'fc1', outer: 'fc2', gate: 'gate' };

/**
 * Position-wise feed-forward network, by default parameters `fc1`, `fc2`. `x`: [B, T, D] → [B, T, D]. It works on rows, so that
 * the engine fuses the activation with its product. A gated network, fc2(act(gate(x)) ⊙ fc1(x)), also has the parameter
 * `gate`.
 *
 * Source: Vaswani et al. 2017, eq. 2; Shazeer 2020, eq. 6 for gates, with biases here.
 */
export function feedForward(scope: Scope, config: FeedForwardConfig, x: Tensor): Tensor {
  const { width, innerWidth, isGated = false, dropout = 0, names = feedForwardNames, dense = linear } = config;
  const { hasBias, weightInitializer, biasInitializer, initializers } = config;
  const layer = (part: Part, inFeatures: number, outFeatures: number) => ({
    ...{ inFeatures, outFeatures, hasBias, biasInitializer, part },
    weightInitializer: initializers?.[part] ?? weightInitializer,
  });
  const rows = reshape(x, { shape: [sizeOf(x.shape.slice(0, -1)), width] });
  const into = (name: string, part: 'inner' | 'gate') =>
    scope.layer(name, (at) => dense(at, layer(part, width, innerWidth), rows));
  const gate = Object.hasOwn(gates, config.activation) ? gates[config.activation] : undefined;
  const act = gate ?? activation(config.activation);
  const inner =
    gate || isGated ? mul(act(into(names.gate, 'gate')), into(names.inner, 'inner')) : act(into(names.inner, 'inner'));
  const active = scope.at(names.inner).dropout(inner, dropout);
  const outer = scope.layer(names.outer, (at) => dense(at, layer('outer', innerWidth, width), active));
  return reshape(outer, { shape: x.shape });
}
