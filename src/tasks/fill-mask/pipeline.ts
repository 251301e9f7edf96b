import { itemAt, type NonEmpty, nonEmpty } from '../../io/item-at.ts';
import type { LoadedModel } from '../../models/folder/load.ts';
import type { Tokenizer } from '../../text/tokenizer.ts';
import { callLimits } from '../model/call-limit.ts';
import { type CallOptions, checkCallOptions } from '../model/call-option.ts';
import { checkCount } from '../model/count-option.ts';
import { givenTexts } from '../model/given-text.ts';
import type { ModelSource } from '../platform/platform.ts';
import { type FilledText, openFiller } from './filler.ts';

/** A token for a mask, as in transformers.js. */
export interface FilledMask {
  /** Its probability. */
  readonly score: number;
  /** Its id. */
  readonly token: number;
  /** Its text. */
  readonly token_str: string;
  /** The text with the token in place of the mask. */
  readonly sequence: string;
  /** Present and true if the text has more tokens than the model has positions; only the first of them were read. */
  readonly is_truncated?: true;
}

/** How to fill masks. */
export interface FillMaskOptions {
  /** The number of tokens to return for each mask, likeliest first. Default 5. */
  readonly top_k?: number | undefined;
  /** Aborts the call, which then rejects with the signal's reason. */
  readonly signal?: AbortSignal | undefined;
}

const callOptions: CallOptions = { own: { top_k: 'other', signal: 'signal' } };

/** The tokens for the mask of a text; of a text with several masks, a list for each. */
export type FillMaskOutput = NonEmpty<FilledMask> | NonEmpty<NonEmpty<FilledMask>>;

/**
 * A function from texts with masks to the tokens that the masks may stand for, in order. As in Transformers (Python), a
 * text with several masks gives a list for each, and its `sequence` still has the other masks.
 */
export interface FillMaskPipeline {
  (text: string, options?: FillMaskOptions): Promise<FillMaskOutput>;
  (texts: readonly string[], options?: FillMaskOptions): Promise<FillMaskOutput[]>;
  readonly task: 'fill-mask';
  readonly model: LoadedModel<'masked-lm'>;
  readonly tokenizer: Tokenizer;
  /** The mask as texts write it: `[MASK]`, `<mask>`. */
  readonly mask_token: string;
  /** Frees the engine's memory. */
  dispose(): Promise<void>;
}

const task = 'fill-mask' as const;

/** @throws {InputError} when the folder is not a complete masked language model with a tokenizer. */
export async function fillMaskPipeline(source: ModelSource): Promise<FillMaskPipeline> {
  const limits = callLimits(source.limits, false);
  const filler = await openFiller(source);
  const { model, tokenizer, maskToken } = filler;
  function fill(text: string, options?: FillMaskOptions): Promise<FillMaskOutput>;
  function fill(texts: readonly string[], options?: FillMaskOptions): Promise<FillMaskOutput[]>;
  async function fill(texts: string | readonly string[], options: FillMaskOptions = {}) {
    checkCallOptions(task, options, callOptions);
    const { top_k = 5, signal } = options;
    checkCount(`${task}: top_k`, top_k, 1);
    const given = givenTexts(task, texts, limits);
    const filled = await filler.fill(given, { top_k, signal }, (at) => `${task}: text ${at}`);
    const outputs = filled.map((one) => outputOf(one, tokenizer));
    return typeof texts === 'string' ? itemAt(outputs, 0, 'a text') : outputs;
  }
  return Object.assign(fill, {
    task,
    model,
    tokenizer,
    mask_token: maskToken,
    dispose: () => filler.dispose(),
  });
}

/**
 * The result for a text. Special tokens are left out of the sequences unless they still have masks.
 *
 * Source: transformers 5.24.0 pipelines/fill_mask.py.
 */
export function outputOf({ ids, masks, isCut }: FilledText, tokenizer: Tokenizer): FillMaskOutput {
  const isOne = masks.length === 1;
  const lists = masks.map(({ place, candidates }) => {
    const filled = candidates.map(({ token, score }) => ({
      score,
      token,
      token_str: tokenizer.decode([token]),
      sequence: tokenizer.decode(ids.with(place, token), { skip_special_tokens: isOne }),
      ...(isCut && { is_truncated: true as const }),
    }));
    return nonEmpty(filled, 'a token');
  });
  return isOne ? itemAt(lists, 0, 'a mask') : nonEmpty(lists, 'a mask');
}
