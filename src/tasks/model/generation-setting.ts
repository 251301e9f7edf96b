import * as z from 'zod';
import { type GenerationConfig, readGenerationConfig } from '../../decode/settings/generation-config.ts';
import { check } from '../../io/check.ts';
import { InputError } from '../../io/error.ts';
import { didYouMean } from '../../io/nearest.ts';
import { type LanguageOptions, languageNames } from '../folder/language-option.ts';
import { parseSetting, type Setting, withSetting } from '../recipe/setting.ts';

/**
 * Parses settings such as `--set generation.num_beams=4`; null restores the default of `GenerationConfig`.
 *
 * @param others the caller's other settings, for errors: `data.NAME`.
 * @throws {InputError} for any other setting, an unknown field, or a value that is not supported.
 */
export function generationSettings(settings: readonly string[], others: readonly string[] = []): GenerationConfig {
  const whole = settings.map(parseSetting).reduce<unknown>((value, setting) => {
    checkPath(setting, ['generation.NAME', ...others]);
    return withSetting(value, setting);
  }, {});
  const { generation = {} } = whole as { generation?: unknown };
  return readGenerationConfig(generation, '--set generation');
}

/** @throws {InputError} for more than a line or a score has room for: several results, or their scores. */
export function refuseMoreThanText(
  verb: 'predict' | 'evaluate',
  { num_return_sequences: count, output_scores: hasScores }: GenerationConfig,
): void {
  const refused = (field: string, expected: unknown, got: unknown, remedy: string) =>
    new InputError(
      `${verb}: generation.${field}: expected ${expected}, got ${got}${verb === 'predict' ? `; --json writes ${remedy}` : ''}`,
    );
  if ((count ?? 1) !== 1) throw refused('num_return_sequences', 1, count, 'them all, as one list per line');
  if (hasScores) throw refused('output_scores', false, hasScores, 'the score of every text');
}

function checkPath({ path }: Setting, parts: readonly string[]): void {
  if (path[0] === 'generation') return;
  const expected = parts.join(' or ');
  throw new InputError(
    `--set ${path.join('.')}: expected ${expected}, got ${path.join('.')}${didYouMean(
      path[0],
      parts.map((part) => part.replace('.NAME', '')),
    )}`,
  );
}

const languages = z.strictObject({ src_lang: z.string().optional(), tgt_lang: z.string().optional() });

/** Settings such as `--set tgt_lang=ko_KR`, apart from all others. @throws {InputError} for anything but a text. */
export function languageSettings(settings: readonly string[]): {
  readonly languages: LanguageOptions;
  readonly others: readonly string[];
} {
  const isLanguage = (text: string): boolean => {
    const [first] = parseSetting(text).path;
    return languageNames.some((name) => name === first);
  };
  const own = settings.filter(isLanguage).map(parseSetting).reduce<unknown>(withSetting, {});
  return { languages: check(languages, own, '--set'), others: settings.filter((text) => !isLanguage(text)) };
}
