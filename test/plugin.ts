/** The plugin that `HEDDLE_TEST_PLUGIN` names as `--engine` does: tests that only it can pass. */
import { test } from 'vitest';
import { installedPlugins, pluginAt } from '../src/runtime/node/plugin/plugin-file.ts';

/** Its name; undefined if there is none. */
export const pluginName = process.env.HEDDLE_TEST_PLUGIN || undefined;

/** The library of the plugin. */
export function pluginLibrary(name: string): string {
  const colon = name.indexOf(':');
  const file = colon < 0 ? installedPlugins('onnxruntime_ep_openvino')[0] : pluginAt(name.slice(colon + 1));
  if (file === undefined) throw new Error(`HEDDLE_TEST_PLUGIN=${name} is not on this machine`);
  return file;
}

/** A test that needs the plugin; without it, a skip that says so. */
export function pluginTest(name: string, work: (engine: string) => Promise<void>, timeout?: number): void {
  if (pluginName === undefined) test.skip(`${name}: needs HEDDLE_TEST_PLUGIN`, () => undefined);
  else test(name, () => work(pluginName), timeout);
}
