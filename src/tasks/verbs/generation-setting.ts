import { type GenerationConfig, readGenerationConfig } from '../../decode/settings/generation-config.ts';
import { InputError } from '../../io/error.ts';
import { didYouMean } from '../../io/nearest.ts';
import { parseSetting, type Setting, withSetting } from '../recipe/setting.ts';

/**
 * What `--set generation.num_beams=4` and the like say; null puts `GenerationConfig`'s default back.
 *
 * @param others names what else the caller takes settings of, for errors.
 * @throws {InputError} for a setting of anything else, an unknown field, a value that is not offered.
 */
export function generationSettings(settings: readonly string[], others: readonly string[] = []): GenerationConfig {
  const whole = settings.map(parseSetting).reduce<unknown>((value, setting) => {
    checkPath(setting, ['generation', ...others]);
    return withSetting(value, setting);
  }, {});
  const { generation = {} } = whole as { generation?: unknown };
  return readGenerationConfig(generation, '--set generation');
}

function checkPath({ path }: Setting, parts: readonly string[]): void {
  if (path[0] === 'generation' && path.length > 1) return;
  const expected = parts.map((part) => `${part}.NAME`).join(' or ');
  throw new InputError(
    `--set ${path.join('.')}: expected ${expected}, got ${path.join('.')}${didYouMean(path[0], parts)}`,
  );
}
