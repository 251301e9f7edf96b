import { firstOf } from '../../io/item-at.ts';
import { isWorthParts } from '../step/output-parts.ts';
import type { Programs, StepProgram } from '../step/programs.ts';
import { BatchSearch } from './batch.ts';
import type { SearchRequest } from './request.ts';

/**
 * The share of a full batch up to which waiting sentences join one that runs. In a batch of many ages all are padded to the
 * slots of the oldest; more sentences would lose more by that than they gain by a full batch, and make a batch of their own.
 */
const joiningShare = 1 / 8;

/** Prompts that differ by so few tokens are read together; others, if the longest is at most twice as long. */
const mostPadding = 128;

/** The most paths followed at once. */
const mostPaths = 1024;

/** How requests are searched. */
export interface SearchOptions {
  /** The most sentences in a batch. */
  readonly size: number;
  /** Aborted when no result is wanted any more. */
  readonly signal: AbortSignal;
  /** The waiting requests with the same key, or none if there are more than `count`. */
  few(count: number): readonly SearchRequest[];
}

/**
 * Searches for the hypotheses of sentences with one key, and delivers each to its call when it is found. A few waiting
 * sentences take the places of finished ones, so that a call with one text need not wait for a batch of others. New
 * sentences take their first step by themselves, where they have one path each.
 */
export async function searchAll(
  programs: Programs,
  requests: readonly SearchRequest[],
  { size: limit, signal, few }: SearchOptions,
): Promise<void> {
  const { paths, rules } = firstOf(requests, 'a request');
  const size = Math.max(1, Math.min(limit, Math.floor(mostPaths / paths)));
  const most = Math.max(1, Math.floor(size * joiningShare));
  const waiting = [...requests];
  /** The requests that start now, beside `open` sentences. */
  const next = (open: number): readonly SearchRequest[] => {
    if (open === 0) return waiting.splice(0, size);
    return waiting.length > 0 ? [] : few(Math.min(most, size - open));
  };
  const run = async (step: StepProgram, stepInParts?: StepProgram): Promise<void> => {
    let batch: BatchSearch | undefined;
    try {
      for (;;) {
        const open = batch?.open ?? 0;
        const starting = next(open);
        if (starting.length > 0) {
          for (const similar of programs.readsAtOnce ? similarPrompts(starting) : [starting]) {
            batch = await joined(batch, await BatchSearch.start(similar, { programs, step, stepInParts, signal }));
          }
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
  };
  const parts = programs.outputParts(rules, paths);
  await programs.step(rules, (step) =>
    parts && isWorthParts(parts, Math.min(size, requests.length))
      ? programs.step({ ...rules, parts }, (stepInParts) => run(step, stepInParts))
      : run(step),
  );
}

/** Requests with prompts of similar length, the longest first: prompts that are read at once are padded to the longest. */
export function similarPrompts<T extends Pick<SearchRequest, 'settings'>>(requests: readonly T[]): T[][] {
  const groups: T[][] = [];
  let longest = 0;
  for (const request of requests.toSorted((a, b) => b.settings.promptLength - a.settings.promptLength)) {
    const { promptLength } = request.settings;
    const isSimilar = longest - promptLength <= Math.max(mostPadding, promptLength);
    if (isSimilar && groups.length > 0) groups.at(-1)!.push(request);
    else {
      groups.push([request]);
      longest = promptLength;
    }
  }
  return groups;
}

/** A batch with the sentences of another, after their first step. */
async function joined(batch: BatchSearch | undefined, starting: BatchSearch): Promise<BatchSearch> {
  try {
    await starting.advance();
  } catch (error) {
    starting.dispose();
    throw error;
  }
  if (!batch?.open) {
    batch?.settle();
    batch?.dispose();
    return starting;
  }
  try {
    if (starting.open > 0) await batch.join(starting);
    else starting.settle();
    return batch;
  } finally {
    starting.dispose();
  }
}
