import type { ChosenToken, Search } from '../sentence.ts';
import type { GenerationSettings } from '../settings/generation-settings.ts';
import { BeamSearch } from './beam.ts';
import { SampleSearch } from './sample.ts';

/** The search that a config asks for, after a prompt: sampling, greedy for one beam, else beam search. */
export const startSearch = (
  settings: GenerationSettings,
  prompt: readonly number[],
  onToken?: (chosen: ChosenToken) => void,
): Search =>
  settings.sampling || settings.beams === 1
    ? new SampleSearch(settings, prompt, onToken)
    : new BeamSearch(settings, prompt);
