import { add, mul, type Tensor } from '../../graph/index.ts';
import { div, maximum, sqrt, square, sub } from '../../ops/index.ts';
import type { Optimizer, OptimizerOptions } from './optimizer.ts';

/** Settings of Adam and AdamW. */
export interface AdamConfig
  extends Pick<OptimizerOptions, 'adam_beta1' | 'adam_beta2' | 'adam_epsilon' | 'weight_decay' | 'amsgrad'> {
  /** Weight decay shrinks the parameter itself (AdamW) instead of entering the gradient. */
  readonly isDecoupled: boolean;
}

type State = { readonly exp_avg: Tensor; readonly exp_avg_sq: Tensor; readonly max_exp_avg_sq?: Tensor };
type Scalars = { readonly step_size: Tensor; readonly epsilon: Tensor; readonly decay?: Tensor };

/**
 * Adam and AdamW, with PyTorch's parameters.
 *
 * m ← β₁m + (1 − β₁)g, v ← β₂v + (1 − β₂)g², θ ← (1 − ηλ)θ − η·m̂/(√v̂ + ε) with m̂ = m/(1 − β₁ᵗ), v̂ = v/(1 − β₂ᵗ).
 *
 * Every elementwise node is a pass over memory. So scalars are computed on the host, and the states are kept without
 * the factors 1 − β: `exp_avg` is M = m/(1 − β₁), `exp_avg_sq` is V = v/(1 − β₂). Then M ← β₁M + g, V ← β₂V + g² and
 * the step is c·M/(√V + e) with r = √((1 − β₂)/(1 − β₂ᵗ)), c = η(1 − β₁)/((1 − β₁ᵗ)r), e = ε/r: ten passes, plus one
 * for clipping and one for decoupled decay. The learning rate stays in the numerator because it can be 0.
 *
 * Source: Kingma & Ba 2015, section 2; Loshchilov & Hutter 2019, algorithm 2; Reddi et al. 2018 (AMSGrad).
 */
export function adam(config: AdamConfig): Optimizer {
  const { adam_beta1: beta1, adam_beta2: beta2, adam_epsilon, weight_decay, amsgrad = false, isDecoupled } = config;
  return {
    slots: amsgrad ? ['exp_avg', 'exp_avg_sq', 'max_exp_avg_sq'] : ['exp_avg', 'exp_avg_sq'],
    scalars(update, learningRate, hasDecay) {
      const decay = hasDecay ? weight_decay : 0;
      const root = Math.sqrt((1 - beta2) / (1 - beta2 ** update));
      return {
        step_size: (learningRate * (1 - beta1)) / ((1 - beta1 ** update) * root),
        epsilon: adam_epsilon / root,
        ...(weight_decay ? { decay: isDecoupled ? 1 - learningRate * decay : decay } : {}),
      };
    },
    update({ parameter, gradient, gradientScale, state, scalars: { step_size, epsilon, decay } }) {
      const clipped = gradientScale ? mul(gradient, gradientScale) : gradient;
      const full = decay && !isDecoupled ? add(clipped, mul(parameter, decay)) : clipped;
      const average = add(mul(state.exp_avg, beta1), full);
      const squares = add(mul(state.exp_avg_sq, beta2), square(full));
      const largest = state.max_exp_avg_sq && maximum(state.max_exp_avg_sq, squares);
      const step = div(mul(average, step_size), add(sqrt(largest ?? squares), epsilon));
      const kept = decay && isDecoupled ? mul(parameter, decay) : parameter;
      return {
        parameter: sub(kept, step),
        state: { exp_avg: average, exp_avg_sq: squares, ...(largest && { max_exp_avg_sq: largest }) },
      };
    },
  } satisfies Optimizer<State, Scalars>;
}
