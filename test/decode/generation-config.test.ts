import { describe, expect, test } from 'vitest';
import { overlay, readGenerationConfig, settingsOf } from '../../src/decode/index.ts';

const model = { vocabulary: { source: 100, target: 100 }, maxPositions: 64 };
const settings = (config: object) => settingsOf({ decoder_start_token_id: 99, ...config }, model);

describe('a generation config', () => {
  test('takes the file of a published model', () => {
    const file = {
      _from_model_config: true,
      bad_words_ids: [[58100]],
      bos_token_id: 0,
      decoder_start_token_id: 58100,
      eos_token_id: 0,
      forced_eos_token_id: 0,
      max_length: 512,
      num_beams: 6,
      pad_token_id: 58100,
      renormalize_logits: true,
      transformers_version: '4.32.0.dev0',
      temperature: 0.7,
    };
    expect(readGenerationConfig(file, 'generation_config.json')).toEqual(file);
  });

  test.each([
    [{ num_beam: 4 }, 'generation_config.json: unknown field "num_beam"; did you mean "num_beams"?'],
    [{ num_beams: 0 }, 'generation_config.json: num_beams: expected a number ≥ 1, got 0'],
    [{ early_stopping: 'always' }, 'early_stopping'],
    [{ do_sample: 1 }, 'generation_config.json: do_sample: expected true or false, got 1'],
    [{ top_k: -1 }, 'generation_config.json: top_k: expected a number ≥ 0, got -1'],
    [{ penalty_alpha: 0.6 }, 'generation_config.json: penalty_alpha'],
    [{ num_beam_groups: 2 }, 'num_beam_groups: expected 1, got 2'],
    [{ bad_words_ids: [[]] }, 'bad_words_ids.0'],
  ])('%o is refused', (config, message) => {
    expect(() => readGenerationConfig(config, 'generation_config.json')).toThrow(message);
  });

  test('is laid over another: undefined changes nothing, null gives the default back', () => {
    const below = { num_beams: 6, length_penalty: 0.6, forced_eos_token_id: 0 };
    const laid = overlay(below, { num_beams: undefined, length_penalty: 2, forced_eos_token_id: null });
    expect(laid).toEqual({ num_beams: 6, length_penalty: 2, forced_eos_token_id: null });
    expect(settings(laid).forcedLast).toBeUndefined();
  });
});

describe('settings', () => {
  test('max_new_tokens wins over max_length, min_new_tokens over min_length; both leave the start token out', () => {
    expect(settings({})).toMatchObject({ maxLength: 20, minLength: 0 });
    expect(settings({ max_length: 30, min_length: 5 })).toMatchObject({ maxLength: 30, minLength: 5 });
    expect(settings({ max_length: 30, max_new_tokens: 8, min_length: 5, min_new_tokens: 3 })).toMatchObject({
      maxLength: 9,
      minLength: 4,
    });
  });

  test('a length ends where the positions of the model do', () => {
    expect(settings({ max_length: 512 }).maxLength).toBe(65);
  });

  test('lengths count a prompt; without any there is room for 20 new tokens', () => {
    const afterPrompt = (config: object) => settingsOf(config, model, 7);
    expect(afterPrompt({})).toMatchObject({ maxLength: 27, promptLength: 7 });
    expect(afterPrompt({ max_length: 12, min_new_tokens: 2 })).toMatchObject({ maxLength: 12, minLength: 9 });
    expect(afterPrompt({ max_new_tokens: 4 })).toMatchObject({ maxLength: 11 });
    expect(() => afterPrompt({ max_length: 7 })).toThrow(
      'max_length must leave room after a prompt of 7 tokens, got 7',
    );
  });

  test('sampling has GenerationConfig’s defaults: the 50 likeliest as they are, and a seed of our own', () => {
    expect(settings({}).sampling).toBeUndefined();
    expect(settings({ do_sample: true }).sampling).toEqual({ seed: 42, topK: 50, warpers: [] });
    expect(
      settings({ do_sample: true, top_p: 1, temperature: 1, min_p: null, typical_p: 1 }).sampling!.warpers,
    ).toEqual([]);
    expect(settings({ do_sample: true, num_return_sequences: 3 })).toMatchObject({ beams: 1, returned: 3 });
  });

  test('a bad word that is the end token is dropped, as in Transformers', () => {
    const config = { eos_token_id: [0, 5], bad_words_ids: [[0], [5], [7], [3, 0]] };
    expect(settings(config)).toMatchObject({ bannedTokens: [7], bannedSequences: [[3, 0]] });
  });

  test.each([
    [{ decoder_start_token_id: undefined }, 'decoder_start_token_id is missing'],
    [{ num_beams: 2, num_return_sequences: 3 }, 'num_return_sequences must be at most num_beams = 2, got 3'],
    [{ do_sample: true, num_beams: 2 }, 'do_sample needs num_beams = 1, got 2'],
    [{ do_sample: true, temperature: 0 }, 'temperature must be in 1e-6 … 1e6, got 0'],
    [{ do_sample: true, top_p: 1.5 }, 'top_p must be in 0 … 1, got 1.5'],
    [{ eos_token_id: 100 }, 'eos_token_id: token ids must be in 0 … 99, got 100'],
    [{ bad_words_ids: [[4, 200]] }, 'bad_words_ids: token ids must be in 0 … 99, got 200'],
    [{ max_length: 1 }, 'max_length must leave room after the start token, got 1'],
    [{ max_new_tokens: 4, min_new_tokens: 5 }, 'the minimum length must be at most the maximum, 5, got 6'],
  ])('%o contradict themselves or the model', (config, message) => {
    expect(() => settings(config)).toThrow(message);
  });
});
