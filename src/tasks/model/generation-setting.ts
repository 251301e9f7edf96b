import { type GenerationConfig, readGenerationConfig } from '../../decode/settings/generation-config.ts';
import { InputError } from '../../io/error.ts';
import { didYouMean } from '../../io/nearest.ts';
import { parseSetting, type Setting, withSetting } from '../recipe/setting.ts';

/**
 * Parses settings such as `--set generation.num_beams=4`; null restores the default of `GenerationConfig`.
 *
 * @param others names the caller's other settings, for errors.
 * @throws {InputError} for any other setting, an unknown field, or a value that is not supported.
 */
export function generationSettings(settings: readonly string[], others: readonly string[] = []): GenerationConfig {
  const whole = settings.map(parseSetting).reduce<unknown>((value, setting) => {
    checkPath(setting, ['generation', ...others]);
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
  const expected = parts.map((part) => `${part}.NAME`).join(' or ');
  throw new InputError(
    `--set ${path.join('.')}: expected ${expected}, got ${path.join('.')}${didYouMean(path[0], parts)}`,
  );
}
