/** In the page: opens a model folder, then reads its weights. */
import { urlFolder } from '../../src/io/url-folder.ts';
import { openModel } from '../../src/models/folder/load.ts';

/** What an address answers to: `isRead` says whether weights are read too. */
export interface OpenArgument {
  readonly address: string;
  readonly isRead: boolean;
}

/** The class, and the sum of every weight that was read. */
export default async function open({ address, isRead }: OpenArgument): Promise<unknown> {
  const model = await openModel(urlFolder(address));
  const sums: Record<string, number> = {};
  for (const name of isRead ? model.weights.names : []) {
    sums[name] = (await model.weights.read(name)).reduce((sum, x) => sum + x, 0);
  }
  await model.close();
  return { architecture: model.architecture, report: model.report, sums };
}
