import { diskFolder } from '../../io/disk-folder.ts';
import { urlFolder } from '../../io/url-folder.ts';
import { nodeBackend } from '../../runtime/node.ts';
import type { Platform } from './platform.ts';

/** Node: folders on disk, or at an `https://` address; ONNX Runtime native, or the engine that is named. */
export const nodePlatform: Platform = {
  folder: (path) => (/^https?:\/\//.test(path) ? urlFolder(path) : diskFolder(path)),
  backend: nodeBackend,
};
