import * as z from 'zod';
import { check } from '../../io/check.ts';
import type { TokenizerConfig, TokenizerJson } from '../tokenizer-json.ts';
import type { Side } from './truncation.ts';

/** What the two files of a tokenizer say about its encodings, apart from the text's own way. */
export interface TokenizerSettings {
  /** Undefined when the model has no limit. */
  readonly max_length: number | undefined;
  readonly truncation_side: Side;
  readonly padding_side: Side;
  readonly pad_token_type_id: number;
  /** The padding token of `tokenizer.json`, for configurations that do not mention one. */
  readonly pad_token: string | undefined;
  /** Null when `tokenizer_config.json` does not name the model's inputs. */
  readonly model_input_names: readonly string[] | null;
  /** What `tokenizer.json` says without effect here. */
  readonly notes: readonly string[];
}

const side = z.enum(['left', 'right']).nullish();
const configured = z.looseObject({
  model_max_length: z.number().min(1).nullish(),
  truncation_side: side,
  padding_side: side,
  pad_token_type_id: z.int().min(0).nullish(),
  model_input_names: z.array(z.string()).nullish(),
});
const direction = z.enum(['Left', 'Right']).nullish();
const sections = z.looseObject({
  truncation: z.looseObject({ direction, max_length: z.int().min(0).nullish() }).nullish(),
  padding: z.looseObject({ direction, pad_token: z.string().nullish() }).nullish(),
  model: z.looseObject({ dropout: z.number().nullish() }),
});

/** Transformers writes 10³⁰ for a model without a limit. */
const UNLIMITED = 1e20;

/**
 * Reads both files. As in Transformers, `tokenizer_config.json` comes first, and of the sections `truncation` and
 * `padding` of `tokenizer.json` only sides and the padding token act: a text is cut or padded when a call says so.
 *
 * @throws {InputError} when a value is invalid.
 */
export function tokenizerSettings(json: TokenizerJson, config: TokenizerConfig, name: string): TokenizerSettings {
  const { model_max_length: limit, ...own } = check(configured, config, 'tokenizer_config.json');
  const { truncation, padding, model } = check(
    sections,
    { truncation: json.truncation, padding: json.padding, model: json.model },
    name,
  );
  const idle = [
    ...(truncation ? [`truncation (max_length ${truncation.max_length ?? 'unset'})`] : []),
    ...(padding ? ['padding'] : []),
  ];
  return {
    max_length: typeof limit === 'number' && limit < UNLIMITED ? Math.floor(limit) : undefined,
    truncation_side: own.truncation_side ?? sideOf(truncation?.direction),
    padding_side: own.padding_side ?? sideOf(padding?.direction),
    pad_token_type_id: own.pad_token_type_id ?? 0,
    pad_token: padding?.pad_token ?? undefined,
    model_input_names: own.model_input_names ?? null,
    notes: [
      ...idle.map(
        (section) => `${name}: its section ${section} acts only when a call truncates or pads, as in Transformers`,
      ),
      ...(model.dropout
        ? [`${name}: model.dropout ${model.dropout} does not act: a text always has the same tokens`]
        : []),
    ],
  };
}

const sideOf = (found: 'Left' | 'Right' | null | undefined): Side => (found === 'Left' ? 'left' : 'right');
