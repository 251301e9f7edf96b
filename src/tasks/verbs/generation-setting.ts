import { type GenerationConfig, readGenerationConfig } from '../../decode/settings/generation-config.ts';
import { InputError } from '../../io/error.ts';
import { didYouMean } from '../../io/nearest.ts';
import { parseSetting, type Setting, withSetting } from '../recipe/setting.ts';

/**
 * What `--set generation.num_beams=4` and the like say; null puts `GenerationConfig`'s default back.
 *
 * @throws {InputError} for a setting of anything else, an unknown field, a value that is not offered.
 */
export function generationSettings(settings: readonly string[]): GenerationConfig {
  const whole = settings.map(parseSetting).reduce<unknown>((value, setting) => {
    checkPath(setting);
    return withSetting(value, setting);
  }, {});
  const { generation = {} } = whole as { generation?: unknown };
  return readGenerationConfig(generation, '--set generation');
}

function checkPath({ path }: Setting): void {
  if (path[0] === 'generation' && path.length > 1) return;
  const near = didYouMean(path[0], ['generation']);
  throw new InputError(`--set ${path.join('.')}: expected generation.NAME, got ${path.join('.')}${near}`);
}
