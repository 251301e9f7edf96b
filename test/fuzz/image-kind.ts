/** Images, and what happens to their pixels. */
import { join } from 'node:path';
import { readImages } from '../../src/tasks/image-classification/image-file.ts';
import {
  completeProcessor,
  loadProcessor,
  processorFiles,
} from '../../src/tasks/image-classification/image-processor.ts';
import { imageSample } from '../tasks/image-sample.ts';
import { filesOf, type Kind, memoryFolder } from './kind.ts';

export const imageKinds: readonly Kind[] = [
  {
    name: 'images',
    isOnDisk: true,
    seeds: () => {
      const [idx = new Uint8Array()] = Object.values(imageSample.binaries ?? {});
      return [{ files: filesOf({ images: idx }) }];
    },
    read: async (files, path) => {
      await readImages(join(path, String([...files.keys()][0])));
    },
  },
  {
    name: 'image-processor',
    seeds: () => [{ files: filesOf({ ...processorFiles(completeProcessor({}, 3, 'seed'), [8, 8]) }) }],
    read: async (files) => {
      await loadProcessor(memoryFolder(files), 3);
    },
  },
];
