/** In the page: what becomes of reading a folder's `config.json`. */
import { readText } from '../../src/io/folder.ts';
import { parseJson } from '../../src/io/json.ts';
import { urlFolder } from '../../src/io/url-folder.ts';

/** For each address the file's text, or the error. */
export default async function read(addresses: readonly string[]): Promise<readonly string[]> {
  const outcomes: string[] = [];
  for (const address of addresses) {
    const folder = urlFolder(address);
    const reading = readText(folder, 'config.json').then((text) => {
      parseJson(text, `${folder.name}/config.json`);
      return text;
    });
    outcomes.push(await reading.catch(String));
  }
  return outcomes;
}
