import { encodeWithin } from '../../data/batch/encode-within.ts';
import { input, type Tensor } from '../../graph/index.ts';
import { InputError } from '../../io/error.ts';
import { itemAt } from '../../io/item-at.ts';
import type { ModelSetup } from '../../models/families/setup.ts';
import { graphInputs } from '../../models/inputs/input-spec.ts';
import { softmax } from '../../ops/index.ts';
import { inSlices } from '../../runtime/queue/time-slice.ts';
import { openProgram } from '../model/queued-program.ts';
import type { RowProgram } from '../model/row-program.ts';
import { filledVector, type TextRow, textFeeds } from '../model/text-batch.ts';
import type { ModelSource } from '../platform/platform.ts';
import { type LoadedMaskedLm, loadMaskedLm } from './loaded-model.ts';

/** A text with masks. */
interface MaskedRow extends TextRow {
  /** The places of its masks. */
  readonly places: Int32Array;
  /** Whether it has more tokens than the model has positions. */
  readonly isCut: boolean;
}

/** A token for a mask and its probability. */
export interface Candidate {
  readonly token: number;
  readonly score: number;
}

/** A text and the tokens that its masks may stand for. */
export interface FilledText {
  /** Its tokens, as the model reads them. */
  readonly ids: readonly number[];
  /** For every mask its place among the tokens, and the likeliest tokens, best first. */
  readonly masks: readonly { readonly place: number; readonly candidates: readonly Candidate[] }[];
  /** Whether only its first tokens were read. */
  readonly isCut: boolean;
}

/** The options of a call. */
export interface FillOptions {
  /** The number of tokens for each mask. */
  readonly top_k: number;
  readonly signal?: AbortSignal | undefined;
}

/** A masked language model in an engine. Must be disposed of. */
export interface Filler extends LoadedMaskedLm {
  /** The mask as texts write it: `[MASK]`. */
  readonly maskToken: string;
  /**
   * @param where names a text in errors.
   * @throws {InputError} for a text without a mask among the tokens that the model reads.
   */
  fill(texts: readonly string[], options: FillOptions, where: (text: number) => string): Promise<FilledText[]>;
  dispose(): Promise<void>;
}

/** The probabilities of all tokens at the masks of texts, [V] each. */
const fillerProgram = ({
  model,
  tokens,
}: Pick<ModelSetup<'masked-lm'>, 'model' | 'tokens'>): RowProgram<
  MaskedRow,
  readonly Float32Array[],
  { readonly probabilities: Tensor }
> => ({
  name: 'the masked language model',
  outputs(root) {
    const places = input('mask_places', ['masks'], 'int32');
    return { probabilities: softmax(model.logitsAt(root, model.run(root, graphInputs(model.inputs)), places)) };
  },
  feeds(rows) {
    const feeds = textFeeds(rows, { model, tokens });
    const [, time] = feeds.input_ids.shape;
    const places = rows.flatMap((row, at) => Array.from(row.places, (place) => at * time + place));
    return { ...feeds, mask_places: filledVector(Int32Array.from(places), tokens.padding) };
  },
  results({ probabilities: { data } }, rows) {
    const all = data as Float32Array;
    let from = 0;
    return rows.map(({ places }) =>
      Array.from(places, () => {
        const own = all.slice(from, from + model.vocabulary);
        from += model.vocabulary;
        return own;
      }),
    );
  },
});

/** The `count` likeliest tokens, best first; equal ones in the order of their ids. */
export function likeliest(probabilities: Float32Array, count: number): Candidate[] {
  const best: Candidate[] = [];
  probabilities.forEach((score, token) => {
    if (best.length === count && score <= itemAt(best, count - 1, 'a token').score) return;
    const before = best.findIndex((other) => other.score < score);
    best.splice(before < 0 ? best.length : before, 0, { token, score });
    if (best.length > count) best.pop();
  });
  return best;
}

/** Opens a masked language model. @throws {InputError} as {@link loadMaskedLm}. */
export async function openFiller(source: ModelSource): Promise<Filler> {
  const loaded = await loadMaskedLm(source);
  const { model, tokenizer, maskId } = loaded;
  const { maxTokens } = model.tokens;
  const [maskToken] = tokenizer.tokens([maskId]) as [string];
  const program = await openProgram(fillerProgram, model, source.backend);
  const read = (text: string, at: number, where: (text: number) => string): MaskedRow => {
    const { whole, ...within } = encodeWithin(tokenizer, text, maxTokens);
    const ids = Int32Array.from(within.ids);
    const places = Int32Array.from(ids.keys()).filter((place) => ids[place] === maskId);
    if (places.length > 0) return { example: at, size: ids.length, ids, places, isCut: whole.length > maxTokens };
    const expected = whole.includes(maskId) ? ` among the ${maxTokens} tokens that the model reads` : '';
    throw new InputError(`${where(at)}: expected the mask token ${maskToken}${expected}, got none`);
  };
  return {
    ...loaded,
    maskToken,
    async fill(texts, { top_k, signal }, where) {
      const rows = await inSlices<string, MaskedRow>(texts, (text, at) => read(text, at, where), signal);
      const found = await program.run(rows, { signal });
      return inSlices(rows, ({ ids, places, isCut }, at) => ({
        ids: Array.from(ids),
        masks: itemAt(found, at, 'a text').map((all, mask) => ({
          place: itemAt(places, mask, 'a mask'),
          candidates: likeliest(all.subarray(0, tokenizer.vocabSize), top_k),
        })),
        isCut,
      }));
    },
    dispose: () => program.dispose(),
  };
}
