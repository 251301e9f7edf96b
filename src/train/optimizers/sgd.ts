import { add, mul, type Tensor } from '../../graph/index.ts';
import { InputError } from '../../io/error.ts';
import { sub } from '../../ops/index.ts';
import type { Optimizer, OptimizerOptions, UpdatedParameter } from './optimizer.ts';

/** Settings of SGD. */
export type SgdConfig = Pick<OptimizerOptions, 'weight_decay' | 'momentum' | 'dampening' | 'nesterov'>;

type State = { readonly momentum_buffer?: Tensor };
type Scalars = { readonly learning_rate: Tensor; readonly decay?: Tensor; readonly gradient_share?: Tensor };

/**
 * Stochastic gradient descent as PyTorch computes it, with momentum μ, dampening τ, weight decay λ (L2).
 *
 * g ← g + λθ, b ← μb + (1 − τ)g (b = g at the first update), θ ← θ − η·b, or θ − η(g + μb) with Nesterov's momentum.
 *
 * Source: Sutskever et al. 2013; in PyTorch's form, b does not include the learning rate.
 * @throws {InputError} when `nesterov` is used without momentum or with dampening.
 */
export function sgd({ weight_decay, momentum = 0, dampening = 0, nesterov = false }: SgdConfig): Optimizer {
  if (nesterov && (!momentum || dampening)) {
    throw new InputError(
      `sgd: nesterov needs momentum and no dampening, got momentum ${momentum}, dampening ${dampening}`,
    );
  }
  return {
    slots: momentum ? ['momentum_buffer'] : [],
    scalars: (update, learningRate, hasDecay) => ({
      learning_rate: learningRate,
      ...(weight_decay ? { decay: hasDecay ? weight_decay : 0 } : {}),
      ...(momentum && dampening ? { gradient_share: update === 1 ? 1 : 1 - dampening } : {}),
    }),
    update({ parameter, gradient, gradientScale, state: { momentum_buffer }, scalars }): UpdatedParameter {
      const { learning_rate, decay, gradient_share } = scalars;
      const clipped = gradientScale ? mul(gradient, gradientScale) : gradient;
      const full = decay ? add(clipped, mul(parameter, decay)) : clipped;
      if (!momentum_buffer) return { parameter: sub(parameter, mul(full, learning_rate)), state: {} };
      const share = gradient_share ? mul(full, gradient_share) : full;
      const buffer = add(mul(momentum_buffer, momentum), share);
      const direction = nesterov ? add(full, mul(buffer, momentum)) : buffer;
      return {
        parameter: sub(parameter, mul(direction, learning_rate)),
        state: { momentum_buffer: buffer },
      };
    },
  } satisfies Optimizer<State, Scalars>;
}
