import { concreteShape, input } from '../../../graph/index.ts';
import { Trace } from '../../../nn/index.ts';
import { graphWork } from '../../graph-work.ts';
import { type Translator, translatorLogits } from '../../toys/translator.ts';

/** What a translator needs by definition, before anything runs. */
export interface TranslatorNeed {
  /** Numbers in the weights. */
  readonly parameters: number;
  /** Matrix products in sequence in a forward pass over a sentence pair: by words of source and target. */
  readonly inSequence: Straight;
  /** Numbers that it keeps while decoding, after as many words written as read. */
  readonly state: Straight;
}

/** slope·T + offset */
export interface Straight {
  readonly slope: number;
  readonly offset: number;
}

export const valueAt = ({ slope, offset }: Straight, time: number): number => slope * time + offset;

/** `3·T + 2`, `5·T`, `7`. */
export const showStraight = ({ slope, offset }: Straight): string => {
  if (slope === 0) return offset.toLocaleString('en-US');
  const rising = slope === 1 ? 'T' : `${slope.toLocaleString('en-US')}·T`;
  return offset === 0 ? rising : `${rising} ${offset < 0 ? '−' : '+'} ${Math.abs(offset).toLocaleString('en-US')}`;
};

/**
 * The straight line through the values of `of` at lengths from 4 on.
 *
 * @throws {RangeError} when the values are not on a line.
 */
export function straight(of: (time: number) => number): Straight {
  const [first, second, third] = [4, 8, 16].map(of);
  const line = { slope: (second - first) / 4, offset: 2 * first - second };
  if (valueAt(line, 16) !== third)
    throw new RangeError(`lab: expected a straight line, got ${first}, ${second}, ${third} at lengths 4, 8, 16`);
  return line;
}

export function translatorNeed(translator: Translator): TranslatorNeed {
  const trace = new Trace();
  const logits = translatorLogits(trace.root, translator);
  const binding = (time: number) => new Map(Object.entries({ batch: 1, source: time, target: time }));
  const parameters = [...trace.parameters.values()].map(({ shape }) => product(shape));
  return {
    parameters: parameters.reduce((sum, size) => sum + size, 0),
    inSequence: straight((time) => graphWork([logits], binding(time)).inSequence),
    state: straight((time) => stateSize(translator, time)),
  };
}

/** Size of the decoding state: what was computed from the source, what each step replaces, and the slots of a cache. */
function stateSize({ model }: Translator, time: number): number {
  const ids = (name: string) => input(name, ['batch', 'source'], 'int32');
  const started = model.start(new Trace().root, {
    input_ids: ids('input_ids'),
    attention_mask: ids('attention_mask'),
  });
  const binding = new Map(Object.entries({ batch: 1, source: time }));
  const kept = Object.values(started).map(({ tensor }) => product(concreteShape(tensor.shape, binding)));
  const slots = Object.values(model.slots).map((shape) => time * product(shape));
  return [...kept, ...slots].reduce((sum, size) => sum + size, 0);
}

const product = (sizes: readonly number[]): number => sizes.reduce((n, size) => n * size, 1);
