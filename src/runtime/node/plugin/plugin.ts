/** Engines that are plugins of ONNX Runtime. */

import { InputError } from '../../../io/error.ts';
import type { Backend } from '../../backend.ts';
import { capiBackend, ortLibrary } from '../capi.ts';
import { withFallback } from './fallback.ts';
import { installedPlugin, pluginAt } from './plugin-file.ts';
import { Provider } from './provider.ts';

/** Providers, or why they do not load, by the files of their libraries: a process registers each once. */
const providers = new Map<string, Provider | InputError>();

function providerOf(file: string): Provider {
  const known = providers.get(file) ?? loaded(file);
  providers.set(file, known);
  if (known instanceof InputError) throw known;
  return known;
}

function loaded(file: string): Provider | InputError {
  try {
    return new Provider(ortLibrary(), file);
  } catch (error) {
    if (error instanceof InputError) return error;
    throw error;
  }
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

/**
 * OpenVINO, from a path if one is given.
 *
 * @throws {InputError} when it is not on this machine, or does not load.
 */
export function openVinoBackend(path?: string): Backend {
  const file = path === undefined ? installedPlugin(openVino.replaceAll('-', '_')) : pluginAt(path);
  if (file === undefined) {
    throw new InputError(
      `engine openvino: not found on this machine. "pip download --no-deps ${openVino}" fetches it; name the wheel once, ` +
        'as in --engine openvino:FILE.whl, and --engine openvino finds it from then on',
    );
  }
  return pluginBackend(providerOf(file), 'openvino');
}
