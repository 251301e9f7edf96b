import { add, mul, type Tensor } from '../graph/index.ts';
import { div, maximum, sqrt, square, sub } from '../ops/index.ts';
import type { Optimizer, OptimizerConfig } from './optimizer.ts';

export interface AdamConfig
  extends Pick<OptimizerConfig, 'adam_beta1' | 'adam_beta2' | 'adam_epsilon' | 'weight_decay' | 'amsgrad'> {
  /** Weight decay shrinks the parameter itself (AdamW) instead of entering the gradient. */
  readonly isDecoupled: boolean;
}

/**
 * Adam and AdamW as PyTorch computes them, states included.
 *
 * m ← β₁m + (1 − β₁)g, v ← β₂v + (1 − β₂)g², θ ← (1 − ηλ)θ − η·m̂/(√v̂ + ε) with m̂ = m/(1 − β₁ᵗ), v̂ = v/(1 − β₂ᵗ).
 * Every elementwise node is a pass over memory, so all that is scalar is computed on the host: with h = √(1 − β₂)·g,
 * v ← β₂v + h², m ← β₁m + (1 − β₁)/√(1 − β₂)·h and the step is m·η√(1 − β₂ᵗ)/(1 − β₁ᵗ) over √v + ε√(1 − β₂ᵗ). The
 * learning rate stays in the numerator, where it may be 0.
 *
 * Source: Kingma & Ba 2015, section 2; Loshchilov & Hutter 2019, algorithm 2.
 */
export function adam(config: AdamConfig): Optimizer {
  const { adam_beta1: beta1, adam_beta2: beta2, adam_epsilon, weight_decay, amsgrad = false, isDecoupled } = config;
  const root = Math.sqrt(1 - beta2);
  return {
    slots: ['exp_avg', 'exp_avg_sq', ...(amsgrad ? ['max_exp_avg_sq'] : [])],
    scalars(update, learningRate) {
      const correction = Math.sqrt(1 - beta2 ** update);
      return {
        step_size: (learningRate * correction) / (1 - beta1 ** update),
        epsilon: adam_epsilon * correction,
        ...(isDecoupled && weight_decay ? { decay: 1 - learningRate * weight_decay } : {}),
      };
    },
    update({ parameter, gradient, gradientScale, state, scalars, hasDecay }) {
      const isDecayed = hasDecay && weight_decay > 0;
      let h: Tensor;
      if (isDecayed && !isDecoupled) {
        const clipped = gradientScale ? mul(gradient, gradientScale) : gradient;
        h = mul(add(clipped, mul(parameter, weight_decay)), root);
      } else {
        h = mul(gradient, gradientScale ? mul(gradientScale, root) : root);
      }
      const average = add(mul(state.exp_avg, beta1), mul(h, (1 - beta1) / root));
      const squares = add(mul(state.exp_avg_sq, beta2), square(h));
      const largest = amsgrad ? maximum(state.max_exp_avg_sq, squares) : squares;
      const step = div(mul(average, scalars.step_size), add(sqrt(largest), scalars.epsilon));
      const kept = isDecayed && isDecoupled ? mul(parameter, scalars.decay) : parameter;
      return {
        parameter: sub(kept, step),
        state: { exp_avg: average, exp_avg_sq: squares, ...(amsgrad ? { max_exp_avg_sq: largest } : {}) },
      };
    },
  };
}
