import { InputError } from '../../io/error.ts';
import type { ProblemType } from '../../models/heads/fields/classifier-fields.ts';
import type { Target } from '../text-classification/problem.ts';
import type { LabelledImages } from './image-file.ts';

/** How the labels of images are stored for a kind of problem. */
interface LabelForm {
  /** The number of labels that the model needs, at least. */
  count(labels: LabelledImages): number;
  /** The target of every image. @throws {InputError} for a label that is not among `count`, with its place. */
  targets(labels: LabelledImages, count: number): Target[];
}

const shown = (shape: readonly number[]): string => `[${shape.join(', ')}]`;

function checkRank({ labels: { shape }, labelFile }: LabelledImages, rank: number, expected: string): void {
  if (shape.length === rank) return;
  throw new InputError(`${labelFile}: labels: expected ${expected}, got ${shown(shape)}`);
}

function refuse({ labelFile }: LabelledImages, image: number, expected: string, got: unknown): never {
  throw new InputError(`${labelFile}: labels: expected ${expected}, got ${got}, at image ${image}`);
}

/** One number for every image. */
const numbersOf = (set: LabelledImages): number[] => {
  checkRank(set, 1, 'one label per image, [count]');
  return Array.from(set.labels.data, Number);
};

/** The most labels that numbers may stand for: a list of names for more would not fit into memory. */
const mostLabels = 2 ** 16;

/** The number of a label below `count`. */
function checkedId(set: LabelledImages, id: number, count: number, image: number): number {
  if (Number.isInteger(id) && id >= 0 && id < count) return id;
  return refuse(set, image, `the number of a label, 0 … ${count - 1}`, id);
}

/** The labels of images for every kind of problem, by its `problem_type`. */
export const labelForms: Readonly<Record<ProblemType, LabelForm>> = {
  single_label_classification: {
    count: (set) =>
      numbersOf(set).reduce((most, id, image) => Math.max(most, checkedId(set, id, mostLabels, image) + 1), 0),
    targets: (set, count) => numbersOf(set).map((id, image) => [checkedId(set, id, count, image)]),
  },
  multi_label_classification: {
    count(set) {
      checkRank(set, 2, 'a row of 0 and 1 per image, [count, labels]');
      return set.labels.shape[1] ?? 0;
    },
    targets(set, count) {
      const columns = this.count(set);
      if (columns !== count) {
        throw new InputError(`${set.labelFile}: labels: expected ${count} columns, one per label, got ${columns}`);
      }
      const all = Array.from(set.labels.data, Number);
      return Array.from({ length: set.count }, (_, image) =>
        all.slice(image * count, (image + 1) * count).flatMap((value, id) => {
          if (value === 0 || value === 1) return value === 1 ? [id] : [];
          return refuse(set, image, '0 or 1', value);
        }),
      );
    },
  },
  regression: {
    count: () => 1,
    targets: (set) =>
      numbersOf(set).map((value, image) =>
        Number.isFinite(value) ? [value] : refuse(set, image, 'a finite number', value),
      ),
  },
};
