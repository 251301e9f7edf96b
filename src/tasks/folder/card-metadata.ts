import { parseDocument } from 'yaml';
import { type Folder, readText } from '../../io/folder.ts';
import { cardFile } from './model-card.ts';

/** What a model card's front matter says about a model that others start from. */
export interface CardMetadata {
  readonly license?: string;
  readonly license_name?: string;
  readonly license_link?: string;
  readonly language?: string | string[];
}

const textFields = ['license', 'license_name', 'license_link'] as const;

const isText = (value: unknown): value is string => typeof value === 'string';

/** The front matter of a folder's model card; empty if there is no card, or its front matter is not a YAML object. */
export async function cardMetadata(folder: Folder): Promise<CardMetadata> {
  if (!(await folder.has(cardFile))) return {};
  const text = await readText(folder, cardFile).catch(() => '');
  const [, front] = /^---\r?\n(.*?)\r?\n---/s.exec(text) ?? [];
  if (front === undefined) return {};
  const document = parseDocument(front);
  const fields: unknown = document.errors.length > 0 ? undefined : document.toJS();
  if (typeof fields !== 'object' || fields === null) return {};
  const given = fields as Readonly<Record<string, unknown>>;
  const { language } = given;
  const isLanguage = isText(language) || (Array.isArray(language) && language.every(isText));
  return {
    ...Object.fromEntries(textFields.flatMap((name) => (isText(given[name]) ? [[name, given[name]]] : []))),
    ...(isLanguage && { language }),
  };
}
