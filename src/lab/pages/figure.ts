/** A figure of a finding. */
export interface Figure {
  /** kebab-case, unique in its experiment: part of the file's name. */
  readonly name: string;
  /** What it shows, in a sentence. */
  readonly caption: string;
  /** A self-contained `<svg>` element. */
  readonly svg: string;
}

/** A figure as a separate file for a slide: dark ink on white, regardless of the viewer's setting. */
export const figureFile = ({ svg }: Figure): string =>
  `${svg.replace('>', '>\n<style>svg{color:#1d1c22;background:#ffffff}</style>')}\n`;
