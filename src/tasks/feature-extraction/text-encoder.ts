import { InputError } from '../../io/error.ts';
import type { ModelSetup } from '../../models/families/setup.ts';
import { type InputSpec, like } from '../../models/inputs/input-spec.ts';

/** Which tokens are padding decides about the vector of a text, even if the model itself need not know. */
const withMask = (spec: InputSpec): InputSpec =>
  spec.name === 'attention_mask' && spec.absent === 'optional' ? { ...spec, absent: like('input_ids', 1) } : spec;

/**
 * A model that makes vectors of texts alone, and always reads `attention_mask`.
 *
 * @param where the model's folder, or the part of a recipe, for errors.
 * @throws {InputError} for a model that reads characters, or whose decoder needs tokens besides the text.
 */
export function textEncoder<S extends ModelSetup<'encoder'>>(setup: S, where: string): S {
  const { model, architecture } = setup;
  const input = (name: string) => model.inputs.find((spec) => spec.name === name);
  if (input('character_ids')) {
    throw new InputError(`${where}: expected an encoder of tokens, got one that reads characters too`);
  }
  if (input('decoder_input_ids')?.absent === 'refused') {
    throw new InputError(
      `${where}: expected a model that reads texts alone, got ${architecture}, whose decoder needs tokens too`,
    );
  }
  return { ...setup, model: { ...model, inputs: model.inputs.map(withMask) } };
}
