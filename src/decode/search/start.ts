import type { Search } from '../sentence.ts';
import { BeamSearch } from './beam.ts';
import type { Wish } from './request.ts';
import { SampleSearch } from './sample.ts';

/** The search for a call: sampling, greedy search for one beam, else beam search. */
export const startSearch = (wish: Wish): Search =>
  wish.settings.sampling || wish.settings.beams === 1 ? new SampleSearch(wish) : new BeamSearch(wish);
