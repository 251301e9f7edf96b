import { InputError } from '../../io/error.ts';
import { type Averages, averageRates, type ClassRates, classRates, type Rates, ratio } from '../classes/rates.ts';
import { Tally } from '../classes/tally.ts';
import { formatSignature, type Score, toFixedHalfEven } from '../score.ts';
import { type Entity, lenientEntities, parseTags } from './tag.ts';
import { strictEntities, type TagSchemeName, tagSchemes } from './tag-scheme.ts';

export interface SeqevalOptions {
  /** Reads tags strictly by this scheme. Default: leniently, as the CoNLL script does, with prefixes B, I, E, S. */
  readonly scheme?: TagSchemeName | undefined;
  /** Names of the predicted and the right tags in errors, such as their files. */
  readonly names?: readonly [predictions: string, references: string] | undefined;
}

export interface SeqevalScore extends Score, Rates, Averages {
  /** By the type of entity, in alphabetical order. */
  readonly types: Readonly<Record<string, ClassRates>>;
  /** Share of tags that are right. */
  readonly accuracy: number;
  readonly signature: string;
}

/**
 * Precision, recall and F1 of the entities that tags mark, 0–1; `score` and `f1` are the micro average's.
 *
 * `predictions[i][t]` and `references[i][t]` are tags of sentence i. An entity is right if its type, start and end are
 * right. Numbers are seqeval 1.2.2's, with `mode='strict'` if a scheme is given, except for the macro average over no
 * types, which is 0 here and NaN there.
 *
 * Source: Tjong Kim Sang & De Meulder 2003; Nakayama 2018 (seqeval).
 * @throws {InputError} on no tags, unequal lengths, and a tag that the scheme does not have; the message names sentence
 *   and tag.
 * @example seqeval([['B-PER', 'O']], [['B-PER', 'I-PER']]).f1 // 0
 */
export function seqeval(
  predictions: readonly (readonly string[])[],
  references: readonly (readonly string[])[],
  { scheme, names = ['predictions', 'references'] }: SeqevalOptions = {},
): SeqevalScore {
  checkLengths(predictions, references, names);
  const [predicted, actual] = [predictions, references].map((sentences, side) =>
    sentences.map((tags, i) => entitiesOf(tags, scheme, `${names[side]}:${i + 1}`)),
  );
  const tally = tallyTypes(predicted, actual);
  const averages = averageRates(tally.counts());
  const tags = references.flat();
  const written = predictions.flat();
  const accuracy = ratio(tags.filter((tag, t) => tag === written[t]).length, tags.length);
  const { precision, recall, f1 } = averages.micro;
  const figures = { precision, recall, f1_macro: averages.macro.f1, accuracy };
  return {
    name: 'seqeval',
    score: f1,
    ...averages.micro,
    ...averages,
    types: Object.fromEntries(tally.classes().map((type) => [type, classRates(tally.of(type))])),
    accuracy,
    signature: formatSignature(1, scheme === undefined ? { mode: 'default' } : { mode: 'strict', scheme }),
    verbose: `(${Object.entries(figures)
      .map(([name, value]) => `${name} = ${toFixedHalfEven(value, 4)}`)
      .join(' ')})`,
  };
}

/**
 * The entities of one sentence: strictly by `scheme`, or leniently without one.
 *
 * @throws {InputError} for a tag that the scheme does not have; the message contains `where`.
 */
export function entitiesOf(tags: readonly string[], scheme?: TagSchemeName, where = 'tags'): Entity[] {
  if (scheme === undefined) return lenientEntities(parseTags(tags, 'BIESO', where));
  return strictEntities(parseTags(tags, tagSchemes[scheme].prefixes, where), tagSchemes[scheme]);
}

function tallyTypes(predicted: readonly (readonly Entity[])[], actual: readonly (readonly Entity[])[]): Tally<string> {
  const tally = new Tally<string>();
  const same = (a: Entity, b: Entity) => a.type === b.type && a.start === b.start && a.end === b.end;
  for (const [i, right] of actual.entries()) {
    for (const { type } of right) tally.add(type, 'actual');
    for (const entity of predicted[i]) {
      tally.add(entity.type, 'predicted');
      if (right.some((other) => same(entity, other))) tally.add(entity.type, 'hits');
    }
  }
  return tally;
}

function checkLengths(
  predictions: readonly (readonly string[])[],
  references: readonly (readonly string[])[],
  [predicted, actual]: readonly [string, string],
): void {
  if (predictions.length !== references.length) {
    throw new InputError(
      `${predicted}: expected as many sentences as ${actual} (${references.length}), got ${predictions.length}`,
    );
  }
  references.forEach((tags, i) => {
    if (predictions[i].length === tags.length) return;
    throw new InputError(
      `${predicted}:${i + 1}: expected as many tags as ${actual}:${i + 1} (${tags.length}), got ${predictions[i].length}`,
    );
  });
  if (!references.some((tags) => tags.length > 0)) throw new InputError(`${actual}: has no tags`);
}
