/** The graphics processor that WebGPU uses: whether there is one, and whether it was lost. */

import { EngineError } from '../engine-error.ts';

const otherwise = 'webBackend() of heddle/runtime/web needs none';

/**
 * Checks that WebGPU has a graphics processor here, before anything large is loaded.
 *
 * @throws {EngineError} that says what is missing and how to get it.
 */
export async function requireGpu(): Promise<void> {
  const { isSecureContext, navigator } = globalThis;
  if (isSecureContext === false) {
    throw new EngineError('web backend: WebGPU needs a page from https:// or from localhost');
  }
  if (!navigator?.gpu) {
    throw new EngineError(
      `web backend: there is no WebGPU here; it needs a browser that has it, such as a current Chrome, Edge or Safari; ${otherwise}`,
    );
  }
  if (await navigator.gpu.requestAdapter()) return;
  throw new EngineError(
    'web backend: this browser has WebGPU, but offers no GPU: there is none, its driver is too old, or hardware acceleration is switched off ' +
      `(in Chrome, chrome://gpu shows which; on Linux it may need the flag --enable-unsafe-webgpu); ${otherwise}`,
  );
}

/**
 * Watches the device of ONNX Runtime's sessions, which it creates for the first of them and destroys with the last. Call
 * it when a session was created.
 *
 * @param current the device at the time of the call.
 * @param isIdle whether there is no session, so that no device is needed.
 * @param onLoss receives a sentence when a device is lost that is needed.
 */
export async function watchDevice(
  current: () => Promise<GPUDevice>,
  isIdle: () => boolean,
  onLoss: (message: string) => void,
): Promise<void> {
  const device = await current();
  if (watched.has(device)) return;
  watched.add(device);
  void device.lost.then(async ({ message }) => {
    if (isIdle() || (await current()) !== device) return;
    onLoss(`web backend: the GPU was lost${message && `: ${message}`}; its programs and kept tensors are gone`);
  });
}

const watched = new WeakSet<GPUDevice>();

/** Waits as long as the notice of a loss takes, when a run has failed: the loss is then reported as the reason. */
export const lossNotice = (): Promise<void> => new Promise((resolve) => setTimeout(resolve, 100));
