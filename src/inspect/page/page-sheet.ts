import { escapeMarkup } from '../markup.ts';

/** The parts of a page besides its title. */
export interface PageParts {
  /** CSS. */
  readonly style: string;
  /** Markup. */
  readonly body: string;
  /** Language of the text. Default `en`. */
  readonly language?: string;
  /** Whether it contains images, as `data:` addresses. Default false. */
  readonly hasImages?: boolean;
}

/**
 * One HTML file that loads nothing, runs no script and forbids both by its content security policy; it follows the
 * reader's light or dark setting.
 */
export const pageSheet = (
  title: string,
  { style, body, language = 'en', hasImages = false }: PageParts,
): string => `<!doctype html>
<html lang="${escapeMarkup(language)}">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'${hasImages ? '; img-src data:' : ''}">
<title>${escapeMarkup(title)}</title>
<style>${style}</style>
</head>
<body>
${body}
</body>
</html>
`;
