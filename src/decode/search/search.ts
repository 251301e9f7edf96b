import { firstOf } from '../../io/item-at.ts';
import type { Programs } from '../step/programs.ts';
import { BatchSearch } from './batch.ts';
import type { SearchRequest } from './request.ts';

/**
 * The share of a batch that has finished at which waiting sentences take its place. Sentences of many ages in a batch are
 * padded to the slots of the oldest, which costs more than a batch that is not full, until few sentences are left.
 */
const joiningShare = 15 / 16;

/** The most paths followed at once. */
const mostPaths = 1024;

/** How requests are searched. */
export interface SearchOptions {
  /** The most sentences in a batch. */
  readonly size: number;
  /** Aborted when no result is wanted any more. */
  readonly signal: AbortSignal;
  /** Further requests with the same key, at most so many, to join the batch. */
  more(count: number): readonly SearchRequest[];
}

/**
 * Searches for the hypotheses of sentences with one key, and delivers each to its call when it is found. Waiting sentences
 * take the places of finished ones, so that the batch stays full: a step costs little more for many sentences than for a
 * few. New sentences take their first step by themselves, where they have one path each.
 */
export async function searchAll(
  programs: Programs,
  requests: readonly SearchRequest[],
  { size: most, signal, more }: SearchOptions,
): Promise<void> {
  const { paths, rules } = firstOf(requests, 'a request');
  const size = Math.max(1, Math.min(most, Math.floor(mostPaths / paths)));
  const share = Math.ceil(size * joiningShare);
  const waiting = [...requests];
  const next = (count: number): SearchRequest[] => {
    const own = waiting.splice(0, count);
    return [...own, ...more(count - own.length)];
  };
  await programs.step(rules, async (step) => {
    let batch: BatchSearch | undefined;
    try {
      for (;;) {
        const open = batch?.open ?? 0;
        const starting = size - open >= share ? next(size - open) : [];
        if (starting.length > 0) {
          batch = await joined(batch, await BatchSearch.start(starting, { programs, step, signal }));
        } else if (open === 0) {
          return;
        } else {
          await batch?.compact();
        }
        batch?.settle();
        await batch?.advance();
      }
    } finally {
      batch?.dispose();
    }
  });
}

/** A batch with the sentences of another, which have taken their first step. */
async function joined(batch: BatchSearch | undefined, starting: BatchSearch): Promise<BatchSearch> {
  if (!batch?.open) {
    batch?.settle();
    batch?.dispose();
    return starting;
  }
  try {
    await starting.advance();
    if (starting.open > 0) await batch.join(starting);
    else starting.settle();
    return batch;
  } finally {
    starting.dispose();
  }
}
