import type { Search } from '../sentence.ts';
import { BeamSearch } from './beam.ts';
import type { SearchRequest } from './request.ts';
import { SampleSearch } from './sample.ts';

/** The search that a request asks for: sampling, greedy for one beam, else beam search. */
export const startSearch = ({ settings, source: { prompt }, onToken }: SearchRequest): Search =>
  settings.sampling || settings.beams === 1
    ? new SampleSearch(settings, prompt, onToken)
    : new BeamSearch(settings, prompt);
