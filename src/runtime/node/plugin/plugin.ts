/** Engines that are plugins of ONNX Runtime. */

import { InputError, reportAll } from '../../../io/error.ts';
import type { Backend } from '../../backend.ts';
import { capiBackend, ortLibrary } from '../capi.ts';
import { withFallback } from './fallback.ts';
import { installedPlugins, pluginAt } from './plugin-file.ts';
import { Provider } from './provider.ts';
import { warnOnce } from './warn-once.ts';

/** Providers by the files of their libraries: a process registers each once. */
const providers = new Map<string, Provider>();

function providerOf(file: string): Provider {
  const provider = providers.get(file) ?? new Provider(ortLibrary(), file);
  providers.set(file, provider);
  return provider;
}

/** The first of the libraries that loads, with a warning for each before it. @throws {InputError} when none loads. */
function firstProvider(files: readonly string[]): Provider {
  const refused: string[] = [];
  for (const file of files) {
    try {
      const provider = providerOf(file);
      for (const reason of refused) warnOnce(`${reason}; ${file} is used instead`);
      return provider;
    } catch (error) {
      if (!(error instanceof InputError)) throw error;
      refused.push(error.message);
    }
  }
  const [only = '', ...others] = refused;
  throw others.length === 0 ? new InputError(only) : reportAll('engine openvino: no package of it loads', refused);
}

const pluginBackend = (provider: Provider, name: string): Backend =>
  withFallback(capiBackend(provider), capiBackend(), name);

/** The plugin at a path. @throws {InputError} when there is none, or it does not load. */
export function pluginBackendAt(path: string): Backend {
  const provider = providerOf(pluginAt(path));
  return pluginBackend(provider, provider.name);
}

/** The name of OpenVINO's package on PyPI. */
const openVino = 'onnxruntime-ep-openvino';

const openVinoFiles = (): readonly string[] => installedPlugins(openVino.replaceAll('-', '_'));

/** Whether a package of OpenVINO is on this machine; none is loaded. */
export const hasOpenVino = (): boolean => openVinoFiles().length > 0;

/**
 * OpenVINO, from a path if one is given; else the newest package on this machine that loads.
 *
 * @throws {InputError} when it is not on this machine, or does not load.
 */
export function openVinoBackend(path?: string): Backend {
  const files = path === undefined ? openVinoFiles() : [pluginAt(path)];
  if (files.length === 0) {
    throw new InputError(
      `engine openvino: not found on this machine. "pip download --no-deps ${openVino}" fetches it; name the wheel once, ` +
        'as in --engine openvino:FILE.whl, and --engine openvino finds it from then on',
    );
  }
  return pluginBackend(firstProvider(files), 'openvino');
}
