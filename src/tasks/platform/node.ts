import { diskFolder } from '../../io/disk-folder.ts';
import { urlFolder } from '../../io/url-folder.ts';
import type { Backend } from '../../runtime/backend.ts';
import { nodeBackend } from '../../runtime/node.ts';
import type { Platform } from './platform.ts';

let backend: Backend | undefined;

/** Node: folders on disk, or at an `https://` address; ONNX Runtime native. */
export const nodePlatform: Platform = {
  folder: (path) => (/^https?:\/\//.test(path) ? urlFolder(path) : diskFolder(path)),
  backend: () => (backend ??= nodeBackend()),
};
