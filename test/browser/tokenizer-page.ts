/** In the page: the ids of texts by the tokenizers of folders. */
import { urlFolder } from '../../src/io/url-folder.ts';
import { readTokenizer } from '../../src/text/convert/read-tokenizer.ts';
import { loadTokenizer } from '../../src/text/tokenizer.ts';

export interface Argument {
  readonly folders: readonly string[];
  readonly texts: readonly string[];
}

export default async function encode({ folders, texts }: Argument): Promise<number[][][]> {
  const ids: number[][][] = [];
  for (const folder of folders) {
    const { source } = await readTokenizer(urlFolder(`${location.origin}${folder}`));
    const tokenizer = loadTokenizer(source.json, source.config, { name: source.name });
    ids.push(texts.map((text) => tokenizer.encode(text)));
  }
  return ids;
}
