import type { LoadedModel } from '../../models/folder/load.ts';
import { type ForwardOptions, ForwardPasses, type ForwardResults } from '../../models/forward.ts';
import type { Role } from '../../models/role.ts';
import type { Backend } from '../../runtime/backend.ts';
import { SharedWeights } from '../../runtime/shared-weights.ts';
import { type CallOptions, checkCallOptions } from './call-option.ts';
import { type ForwardInputs, tensorsOf } from './forward-value.ts';

const forwardOptions: CallOptions = { own: { gradients: 'flag', signal: 'signal' } };

/** A loaded model, for any number of concurrent calls; `role` says what it is. Must be disposed of. */
export class PreTrainedModel<R extends Role = Role> {
  readonly loaded: LoadedModel<R>;
  protected readonly backend: Backend;
  readonly #weights: SharedWeights;
  readonly #passes: ForwardPasses;

  /** @param passBackend the engine for forward passes, if it is not `backend`. */
  constructor(loaded: LoadedModel<R> & LoadedModel, backend: Backend, passBackend: Backend = backend) {
    this.loaded = loaded;
    this.backend = backend;
    this.#weights = new SharedWeights(passBackend, loaded.parameters);
    this.#passes = new ForwardPasses(loaded, this.#weights);
  }

  /** What the model is used as: `sequence-classification`, `masked-lm`, `causal`, … */
  get role(): R {
    return this.loaded.role as R;
  }

  /** `config.json` with its defaults filled in. */
  get config(): LoadedModel<R>['config'] {
    return this.loaded.config;
  }

  /**
   * A complete forward pass: what its class returns (`logits`; for an encoder alone `last_hidden_state`), hidden states and attentions; with `labels` also the `loss`, and with `gradients` those of every parameter. See `forward` of `heddle/models`.
   *
   * @param inputs by the names of Transformers' `forward`: `input_ids`, `attention_mask`, `labels`, …
   * @throws {InputError} when the inputs do not fit the model, gradients are requested without labels, or an option is unknown; `signal.reason` after an abort.
   * @example
   * const results = await model.forward({ input_ids: [[5, 6, 7]] });
   * results.get('logits')?.shape; // [1, 3, V]
   */
  async forward(inputs: ForwardInputs, options?: ForwardOptions): Promise<ForwardResults> {
    checkCallOptions('forward', options, forwardOptions);
    return this.#passes.run(tensorsOf(inputs), options);
  }

  /** Rejects waiting calls and frees the engine's memory. */
  async dispose(): Promise<void> {
    await this.#passes.dispose();
    await this.#weights.dispose();
  }
}
