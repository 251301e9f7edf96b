import { InputError, reportAll } from '../io/error.ts';
import type { CausalModel } from '../models/body/causal.ts';
import { isToken, maskedRows, type Source, type Sources } from './source.ts';

/**
 * Texts to be continued, without padding on either side: a text is read from position 0, independent of the others in
 * its batch. An empty text starts with `start`.
 *
 * @throws {InputError} for a token outside the vocabulary, a text longer than the positions, a mask of another length,
 *   an empty text when there is no start token.
 */
export function promptsOf(given: Sources, model: CausalModel, start: number | undefined): Source[] {
  const { vocabulary, maxPositions = Number.POSITIVE_INFINITY } = model;
  const violations: string[] = [];
  const sources = maskedRows(given).map(({ ids, mask }, place): Source => {
    const text = Array.from(ids).filter((_, i) => mask[i]);
    const prompt = text.length === 0 && start !== undefined ? [start] : text;
    const wrong = prompt.find((id) => !isToken(id, vocabulary));
    const faults = [
      ...(mask.length === ids.length ? [] : ['attention_mask must be as long as input_ids']),
      ...(prompt.length === 0 ? ['must have a token, got none, and there is no bos_token_id'] : []),
      ...(prompt.length > maxPositions ? [`must have at most ${maxPositions} tokens, got ${prompt.length}`] : []),
      ...(wrong === undefined ? [] : [`token ids must be in 0 … ${vocabulary - 1}, got ${wrong}`]),
    ];
    violations.push(...faults.map((fault) => `prompt ${place}: ${fault}`));
    return { ids: prompt, mask: prompt.map(() => 1), prompt, place };
  });
  if (violations.length) throw reportAll('generate', violations);
  return sources;
}

/** The first token of an empty text. @throws {InputError} when it is outside the vocabulary. */
export function textStart({ vocabulary }: CausalModel, id: number | null | undefined): number | undefined {
  if (id === null || id === undefined) return undefined;
  if (isToken(id, vocabulary)) return id;
  throw new InputError(`generation config: bos_token_id: token ids must be in 0 … ${vocabulary - 1}, got ${id}`);
}
