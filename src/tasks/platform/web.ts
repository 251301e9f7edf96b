import { InputError } from '../../io/error.ts';
import { urlFolder } from '../../io/url-folder.ts';
import type { Backend } from '../../runtime/backend.ts';
import { webBackend } from '../../runtime/web.ts';
import type { Platform } from './platform.ts';

let backend: Backend | undefined;

/** The browser: folders by address, ONNX Runtime in WebAssembly. */
export const webPlatform: Platform = {
  folder: (address) => urlFolder(address),
  backend(engine) {
    if (engine === 'webgpu') {
      throw new InputError(
        'engine: for WebGPU expected { backend: webGpuBackend() } of heddle/runtime/webgpu, which alone loads it, got "webgpu"',
      );
    }
    if (engine !== undefined && engine !== 'wasm') {
      throw new InputError(
        `engine: expected wasm in a browser, got "${engine}": plugins and other native engines are for Node`,
      );
    }
    return (backend ??= webBackend());
  },
};
