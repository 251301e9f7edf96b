/** In the page: an engine on WebGPU whose device a test sees. */
import { type WebBackend, webGpuBackend } from '../../src/runtime/webgpu.ts';

/** Before the worker's own script: lets the page destroy the GPU's device, and counts its buffers and what is read back. */
const watched = `
let device, counts = { buffers: 0, downloads: 0 };
const request = GPUAdapter.prototype.requestDevice;
GPUAdapter.prototype.requestDevice = async function (...given) {
  device = await request.apply(this, given);
  const create = device.createBuffer;
  device.createBuffer = function (...given) { counts.buffers++; return create.apply(this, given); };
  return device;
};
const map = GPUBuffer.prototype.mapAsync;
GPUBuffer.prototype.mapAsync = function (...given) { counts.downloads++; return map.apply(this, given); };
new BroadcastChannel('device').onmessage = ({ data }) => {
  if (data === 'destroy') device.destroy();
  if (data === 'count') new BroadcastChannel('counts').postMessage(counts);
};
await import(new URL('/webgpu-worker.js', location.origin));
`;

/** What the device has done. */
export interface GpuCounts {
  /** Buffers that were created. */
  readonly buffers: number;
  /** Buffers whose numbers were read back. */
  readonly downloads: number;
}

/** An engine on WebGPU whose device is watched. There must be one at a time. */
export function watchedBackend(): WebBackend {
  const script = URL.createObjectURL(new Blob([watched], { type: 'text/javascript' }));
  return webGpuBackend({ threads: 1, wasmPaths: '/', worker: () => new Worker(script, { type: 'module' }) });
}

/** Destroys the device. */
export const destroyDevice = (): void => new BroadcastChannel('device').postMessage('destroy');

/** What the device has done so far. */
export function gpuCounts(): Promise<GpuCounts> {
  const answers = new BroadcastChannel('counts');
  return new Promise((resolve) => {
    answers.onmessage = ({ data }) => {
      answers.close();
      resolve(data);
    };
    new BroadcastChannel('device').postMessage('count');
  });
}
