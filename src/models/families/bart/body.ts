import type { Tensor } from '../../../graph/index.ts';
import type { Body } from '../../body/body.ts';
import { transformer } from '../../body/transformer.ts';
import { sequenceTokens } from '../../heads/fields/sequence-fields.ts';
import type { HeadRow } from '../../heads/head-row.ts';
import type { InputSpec } from '../../inputs/input-spec.ts';
import { fromLabels, fromLabelsOrSource, sequenceInputs } from '../../inputs/text-input.ts';
import { type TextTokens, type TokenRange, textTokens } from '../../tokens.ts';
import { type BartConfig, startToken } from './fields.ts';
import { bartPrefix } from './files.ts';
import { type BartStack, bartStack } from './stack.ts';

/** What the decoder reads where it is given nothing else. */
export interface Shifting {
  /** The source's tokens after the one that the decoder starts from: int32 [B, S] → [B, S]. */
  source(ids: Tensor): Tensor;
  /** The token that the decoder reads before a target, where it is not `decoder_start_token_id`. */
  startOf?(target: Int32Array): number;
}

/** The parts of a body that differ between BART and its relatives. */
export interface BartBody {
  readonly stack: BartStack;
  /** Absent if the decoder's tokens must be given, or made from labels. */
  shifting?(config: BartConfig): Shifting;
}

function rangeOf(config: BartConfig, { shifting }: BartBody): TokenRange {
  const startOf = shifting?.(config).startOf;
  return {
    ...sequenceTokens({ ...config, decoder_start_token_id: startToken(config) }, config.max_position_embeddings),
    ...(startOf && { startOf }),
  };
}

/** The limits of the tokens of a class: of both sides if it writes, else of the texts that it reads. */
export const bartTokens = (
  config: BartConfig,
  { role }: HeadRow<BartConfig>,
  parts: BartBody,
): TokenRange | TextTokens =>
  role === 'sequence-to-sequence'
    ? rangeOf(config, parts)
    : {
        ...textTokens(config, config.max_position_embeddings),
        ...(role === 'sequence-classification' && { endTokenId: config.eos_token_id }),
      };

/** The inputs of a class. A classifier of texts looks for the source's end tokens among the decoder's vectors. */
function inputsOf(config: BartConfig, { role }: HeadRow<BartConfig>, parts: BartBody): readonly InputSpec[] {
  const range = rangeOf(config, parts);
  const { shifting } = parts;
  if (role === 'sequence-to-sequence') {
    return sequenceInputs(range, { absent: (shifting ? fromLabelsOrSource : fromLabels)(range) });
  }
  const time = role === 'sequence-classification' ? 'source' : 'target';
  return sequenceInputs(range, { absent: shifting ? 'optional' : 'refused', time });
}

/** The body of a class of BART or of a relative. */
export const bartBody = (config: BartConfig, head: HeadRow<BartConfig>, parts: BartBody): Body =>
  transformer({
    prefix: bartPrefix(head),
    inputs: inputsOf(config, head, parts),
    maxPositions: config.max_position_embeddings,
    encoder: bartStack(config, 'encoder', head, parts.stack),
    decoder: bartStack(config, 'decoder', head, parts.stack),
    decoderIds: parts.shifting?.(config).source,
  });
