import { constantTensor, gather, mulDim, reshape, type Tensor } from '../../../graph/index.ts';
import { InputError } from '../../../io/error.ts';
import { concat, slice } from '../../../ops/index.ts';
import type { Body } from '../../body/body.ts';
import type { InputSpec, ReadInput } from '../../inputs/input-spec.ts';
import { isSparse, mostTokens, paddedLength } from './block-plan.ts';
import type { BigBirdConfig } from './config.ts';
import { blocksSymbol } from './sparse-attention.ts';

/** The places of texts in the flattened [batch·time], padded to whole blocks with the place after the last. */
const placesOf = (config: BigBirdConfig) => (read: ReadInput) => {
  const [rows = 0, time = 0] = read('input_ids')?.shape ?? [];
  const padded = paddedLength(config, time);
  const data = Int32Array.from({ length: rows * padded }, (_, i) => {
    const at = i % padded;
    return at < time ? Math.floor(i / padded) * time + at : rows * time;
  });
  return { type: 'int32', shape: [rows, padded], data } as const;
};

/**
 * `block_places`, int32 [batch, 64·blocks] for blocks of 64 tokens; made of `input_ids` when it is not given. The last
 * block is global: texts that are padded to another number of blocks have other results.
 */
const blockPlaces = (config: BigBirdConfig): InputSpec => ({
  name: 'block_places',
  dtype: 'int32',
  shape: ['batch', `${config.block_size}*${blocksSymbol}`],
  range: (read) => ({ what: 'places', below: (read('input_ids')?.data.length ?? 0) + 1 }),
  paddedTo: (tokens) => (isSparse(config, tokens) ? paddedLength(config, tokens) : undefined),
  absent: placesOf(config),
});

/** `ids`: int32 [B, T], `places`: int32 [B, T'] → [B, T'], `fill` where there is padding. */
function padded(ids: Tensor, places: Tensor, fill: number): Tensor {
  const [batch, time] = ids.shape;
  const flat = reshape(ids, { shape: [mulDim(batch, time)] });
  return gather(concat([flat, constantTensor(fill, [1], 'int32')], { axis: 0 }), places);
}

/** The texts of `body` padded to whole blocks, its vectors cut to the tokens that are given; what is tapped has the padded length. */
export const paddedBody = (body: Body, config: BigBirdConfig): Body => ({
  ...body,
  inputs: [...body.inputs, blockPlaces(config)],
  run(root, { block_places: places, input_ids: ids, attention_mask: mask, token_type_ids: types, ...given }) {
    const { last_hidden_state: hidden, ...outputs } = body.run(root, {
      ...given,
      input_ids: padded(ids, places, config.pad_token_id ?? 0),
      attention_mask: padded(mask, places, 0),
      token_type_ids: padded(types, places, 0),
    });
    return { ...outputs, last_hidden_state: slice(hidden, { axis: 1, start: 0, end: ids.shape[1] }) };
  },
});

/** Refuses texts whose last block has no positions. */
export const checkBlocks =
  (config: BigBirdConfig): NonNullable<InputSpec['check']> =>
  ({ shape: [, tokens = 0] }) => {
    const most = mostTokens(config);
    if (tokens <= most) return;
    const { block_size: size, max_position_embeddings: positions } = config;
    throw new InputError(
      `inputs input_ids: expected at most ${most} tokens, the whole blocks (block_size ${size}) among ${positions} positions, got ${tokens}`,
    );
  };
