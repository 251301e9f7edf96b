import type { QueueItem } from '../../runtime/queue/waiting-items.ts';
import type { AttentionMap } from '../attention-log.ts';
import type { Call } from '../call.ts';
import type { ChosenToken } from '../chosen-token.ts';
import type { GenerationSettings } from '../settings/generation-settings.ts';
import type { Source } from '../source.ts';
import type { StepRules } from '../step/graph.ts';
import type { Hypothesis } from './hypothesis.ts';
import { rulesOf } from './rules.ts';
import type { StoppingCriterion } from './stopping.ts';

/** The hypotheses of one sentence, best first, with their attention if requested. */
export interface SearchResult {
  readonly hypotheses: readonly Hypothesis[];
  readonly attentions?: readonly AttentionMap[] | undefined;
}

/** What a call requests for one sentence. */
export interface Wish {
  readonly source: Source;
  readonly settings: GenerationSettings;
  readonly call: Call<SearchResult>;
  /** Called with every token as soon as it is chosen; beam search chooses at the end. */
  readonly onToken?: ((chosen: ChosenToken) => void) | undefined;
  readonly isStopped?: StoppingCriterion | undefined;
}

/** A sentence that waits for its search. Requests with equal keys can be searched in one batch. */
export interface SearchRequest extends Wish, QueueItem {
  readonly rules: StepRules;
  /** The most paths that are followed for it. */
  readonly paths: number;
}

/** Creates the request of a call. @param vocabulary number of tokens that can be generated. */
export function searchRequest(wish: Wish, showsAttention: boolean, vocabulary: number): SearchRequest {
  const { settings, source } = wish;
  const rules = rulesOf(settings, showsAttention, vocabulary);
  const paths = settings.sampling ? settings.returned : settings.beams;
  return { ...wish, rules, paths, size: source.ids.length, key: JSON.stringify([rules, paths]) };
}
