/** In the page: whether WebGPU has a GPU. */
export default async function hasGpu(): Promise<boolean> {
  return Boolean(await navigator.gpu?.requestAdapter());
}
