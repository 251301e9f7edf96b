import { InputError } from '../../io/error.ts';
import type { HostTensor } from '../../runtime/backend.ts';
import { bicubicMatrix } from './bicubic.ts';
import { filled, type InputSpec, type ReadInput } from './input-spec.ts';

/** Rows and columns. */
export type Extent = readonly [rows: number, columns: number];

/** The images that a model was made for, and the patches that it cuts them into; in pixels. */
export interface ImageForm {
  readonly channels: number;
  readonly size: Extent;
  readonly patch: Extent;
}

/** Images, and the vectors that a model makes of one: learned tokens, then its patches row by row. */
export interface ImageLayout extends ImageForm {
  /** The names of the learned tokens: `cls_token`, `distillation_token`. */
  readonly tokens: readonly string[];
}

/** Whole patches from top to bottom and from left to right. */
export const gridOf = ({ size, patch }: ImageForm): Extent => [
  Math.floor(size[0] / patch[0]),
  Math.floor(size[1] / patch[1]),
];

const shown = (extent: Extent): string => extent.join(' × ');

const sizeOf = ({ shape }: HostTensor): Extent => [shape[2], shape[3]];

/** @throws {InputError} when the patches do not cover an image. */
function checkCovered({ patch }: ImageForm, image: HostTensor): void {
  const size = sizeOf(image);
  if (size.every((pixels, axis) => pixels % (patch[axis] ?? 1) === 0)) return;
  throw new InputError(
    `inputs pixel_values: expected a multiple of the patch size ${shown(patch)}, got ${shown(size)}`,
  );
}

/** @throws {InputError} for another size than that of the model's images, unless positions are interpolated. */
function checkSize({ size }: ImageForm, image: HostTensor, isInterpolated: boolean): void {
  const got = sizeOf(image);
  if (isInterpolated || got.every((pixels, axis) => pixels === size[axis])) return;
  throw new InputError(
    `inputs pixel_values: expected ${shown(size)} pixels (image_size), got ${shown(got)}; set interpolate_pos_encoding to use other sizes`,
  );
}

/** The matrix that resizes the grid of positions along an axis: the identity for the model's own size. */
const resizing = (form: ImageForm, axis: 0 | 1) => (read: ReadInput) => {
  const image = read('pixel_values');
  if (!image) throw new InputError('inputs: expected pixel_values, got none');
  checkSize(form, image, read('interpolate_pos_encoding')?.data[0] === 1);
  const from = gridOf(form)[axis];
  const to = sizeOf(image)[axis] / form.patch[axis];
  return { type: 'float32', shape: [to, from], data: bicubicMatrix(from, to) } satisfies HostTensor;
};

/**
 * The inputs of a model that reads images: `pixel_values`, float [batch, channels, rows, columns].
 *
 * An image of another size than the model's is refused unless `interpolate_pos_encoding`, int32 [], is 1. Then
 * `position_rows` [patch_rows, R] and `position_columns` [patch_columns, C] resize the learned positions, which are a grid
 * of R rows and C columns; for the model's own size they are identities, so that one program serves every size.
 */
export const pixelInputs = (form: ImageForm): readonly InputSpec[] => {
  const { channels, patch } = form;
  const [rows, columns] = gridOf(form);
  return [
    {
      name: 'pixel_values',
      dtype: 'float',
      shape: ['batch', channels, `${patch[0]}*patch_rows`, `${patch[1]}*patch_columns`],
      sizes: { patch_rows: rows, patch_columns: columns },
      check: (image) => checkCovered(form, image),
      absent: 'refused',
    },
    {
      name: 'interpolate_pos_encoding',
      dtype: 'int32',
      shape: [],
      isMask: true,
      absent: () => filled([], 0),
    },
    { name: 'position_rows', dtype: 'float', shape: ['patch_rows', rows], absent: resizing(form, 0) },
    { name: 'position_columns', dtype: 'float', shape: ['patch_columns', columns], absent: resizing(form, 1) },
  ];
};
