/** The pages of the documentation and the code blocks in them. */
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

export const root = join(import.meta.dirname, '../..');

export interface Block {
  readonly language: string;
  /** What follows the language: `browser` for code that is checked and not run. */
  readonly note: string;
  readonly text: string;
  /** Line of the first line of its text, from 1. */
  readonly line: number;
  /** Whether nothing but blank lines is between it and the block before. */
  readonly followsBlock: boolean;
}

export interface Page {
  /** From the root of the repository. */
  readonly path: string;
  readonly text: string;
  readonly blocks: readonly Block[];
}

function blocksOf(text: string): Block[] {
  const blocks: Block[] = [];
  let end = 0;
  for (const found of text.matchAll(/^```(\w+) ?(.*)\n([\s\S]*?)^```$/gm)) {
    const [whole, language, note, inner] = found;
    blocks.push({
      language,
      note: note.trim(),
      text: inner,
      line: text.slice(0, found.index).split('\n').length + 1,
      followsBlock: end > 0 && text.slice(end, found.index).trim() === '',
    });
    end = found.index + whole.length;
  }
  return blocks;
}

const documents = readdirSync(join(root, 'docs'), { recursive: true, encoding: 'utf8' })
  .map((path) => `docs/${path.replaceAll('\\', '/')}`)
  .filter((path) => path.endsWith('.md') && !path.startsWith('docs/api/'));

/** Every page that people read. */
export const pages: readonly Page[] = ['README.md', 'CONTRIBUTING.md', 'CHANGELOG.md', ...documents].map((path) => {
  const text = readFileSync(join(root, path), 'utf8');
  return { path, text, blocks: blocksOf(text) };
});

/** The blocks of a language, with their page. */
export const blocksIn = (language: string): readonly (Block & { readonly page: Page; readonly place: string })[] =>
  pages.flatMap((page) =>
    page.blocks
      .filter((block) => block.language === language)
      .map((block) => ({ ...block, page, place: `${page.path}:${block.line}` })),
  );
