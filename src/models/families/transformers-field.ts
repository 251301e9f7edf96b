import { type Role, roleNames } from '../role.ts';

/**
 * A field that affects no result: whatever it says, only if it says one of these values, for a reason, or only if it
 * repeats a field of the family.
 */
export type NeutralField =
  | 'any'
  | { readonly only: readonly unknown[]; readonly why: string }
  | { readonly sameAs: string };

/** Fields of a `config.json` that affect no result, by name. */
export type NeutralFields = Readonly<Record<string, NeutralField>>;

/**
 * Other names that Python has for a family's fields (`attribute_map`), by the family's own. They are refused, because it
 * would read them, and a file with both would have two values for a field.
 */
export const otherNames = (names: Readonly<Record<string, string>>): NeutralFields =>
  Object.fromEntries(
    Object.entries(names).map(([other, own]) => [other, { only: [], why: `the family has ${own} in its place` }]),
  );

/** `GenerationConfig`'s fields, which were in `config.json` before `generation_config.json` existed. */
export const generationFields = [
  'bad_words_ids',
  'begin_suppress_tokens',
  'bos_token_id',
  'decoder_start_token_id',
  'diversity_penalty',
  'do_sample',
  'early_stopping',
  'encoder_no_repeat_ngram_size',
  'eos_token_id',
  'exponential_decay_length_penalty',
  'forced_bos_token_id',
  'forced_eos_token_id',
  'length_penalty',
  'max_length',
  'max_new_tokens',
  'min_length',
  'min_new_tokens',
  'no_repeat_ngram_size',
  'num_beam_groups',
  'num_beams',
  'num_return_sequences',
  'output_scores',
  'pad_token_id',
  'prefix',
  'remove_invalid_values',
  'renormalize_logits',
  'repetition_penalty',
  'return_dict_in_generate',
  'suppress_tokens',
  'temperature',
  'top_k',
  'top_p',
  'typical_p',
] as const;

const all = (names: readonly string[]): NeutralFields => Object.fromEntries(names.map((name) => [name, 'any']));

/** Fields that choose the class, the type of weights or the tokenizer: they act, but not on the model's configuration. */
export const fieldsReadElsewhere = [
  'architectures',
  'dtype',
  'is_encoder_decoder',
  'tokenizer_class',
  'torch_dtype',
] as const;

/** Where a model comes from, what Python returns and keeps in memory: no numbers. */
const idle = [
  '_attn_implementation_autoset',
  '_commit_hash',
  '_name_or_path',
  'attn_implementation',
  'auto_map',
  'chunk_size_feed_forward',
  'finetuning_task',
  'gradient_checkpointing',
  'id2label',
  'label2id',
  'num_labels',
  'output_attentions',
  'output_hidden_states',
  'output_past',
  'problem_type',
  'return_dict',
  'sep_token_id',
  'task_specific_params',
  'tf_legacy_loss',
  'torchscript',
  'transformers_version',
  'use_bfloat16',
  'use_cache',
];

const noLayerdrop = { only: [0], why: 'training never skips layers' };

/**
 * The `quantization_config` of a folder with int8 weights. Transformers refuses to load a folder with one that has no
 * `quant_method`; an unknown method it would ignore with a warning, and take the bytes for the weights.
 *
 * Source: transformers 4.46.3 and 5.24.0 quantizers/auto.py, `supports_quant_method`.
 */
export const int8Quantization = { heddle: 'int8' } as const;

/** Whether a configuration says that the weights are int8. */
export const isInt8 = ({ quantization_config: given }: Readonly<Record<string, unknown>>): boolean =>
  JSON.stringify(given) === JSON.stringify(int8Quantization);

/**
 * The fields that any `config.json` of Transformers can have besides those of its family. A family that has one of them
 * in its own schema gives it a meaning.
 *
 * Source: transformers 4.46.3 and 5.24.0 configuration_utils.py, `PreTrainedConfig`.
 */
export const sharedNeutral = (role: Role): NeutralFields => ({
  ...all(idle),
  ...all(fieldsReadElsewhere),
  ...all(generationFields),
  add_cross_attention: { only: [false], why: 'no cross-attention is added to an encoder' },
  cross_attention_hidden_size: { only: [], why: 'no cross-attention is added to an encoder' },
  decoder_layerdrop: noLayerdrop,
  encoder_layerdrop: noLayerdrop,
  is_decoder: { only: [false], why: 'encoders are not used as decoders' },
  is_encoder_decoder: { only: [role === 'sequence-to-sequence'], why: `the model is ${roleNames[role]}` },
  layerdrop: noLayerdrop,
  position_embedding_type: { only: ['absolute'], why: 'the family has no other positions' },
  pruned_heads: { only: [{}], why: 'attention heads are not pruned; their weights would have other shapes' },
  quantization_config: {
    only: [int8Quantization],
    why: 'other quantized weights are not read; in Python, load the model, call dequantize() and save it again',
  },
  tie_encoder_decoder: { only: [false], why: 'an encoder and a decoder have their own weights' },
});

/**
 * What is wrong with a neutral field's value, if anything. Null means that the field is not set.
 *
 * @param ownValue the value of a field of the family.
 */
export function neutralFault(
  name: string,
  field: NeutralField,
  value: unknown,
  ownValue: (own: string) => unknown,
): string | undefined {
  if (field === 'any' || value === null) return undefined;
  const text = JSON.stringify(value);
  if ('sameAs' in field) {
    const own = JSON.stringify(ownValue(field.sameAs));
    return own === text
      ? undefined
      : `${name}: expected ${field.sameAs} ${own}, of which it is another name in Python, got ${text}`;
  }
  if (field.only.some((one) => JSON.stringify(one) === text)) return undefined;
  const expected = field.only.length > 0 ? field.only.map((one) => JSON.stringify(one)).join(' or ') : 'no such field';
  const got = text !== undefined && text.length > 60 ? `${text.slice(0, 60)}…` : text;
  return `${name}: expected ${expected} (${field.why}), got ${got}`;
}
