import type { AttentionExample } from '../../inspect/attention/attention-example.ts';
import type { LoadedModel } from '../../models/folder/load.ts';

/** A model, and where it looked. */
export interface ShownAttention {
  readonly model: Pick<LoadedModel, 'name' | 'config'>;
  readonly examples: readonly AttentionExample[];
}
