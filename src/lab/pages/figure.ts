/** A picture of a finding. */
export interface Figure {
  /** kebab-case, unique in its experiment: part of the file's name. */
  readonly name: string;
  /** What is to be seen in it, a sentence. */
  readonly caption: string;
  /** An `<svg>` element that needs nothing else. */
  readonly svg: string;
}

/** A figure as a file of its own, for a slide: dark ink on white, whatever the viewer's setting. */
export const figureFile = ({ svg }: Figure): string =>
  `${svg.replace('>', '>\n<style>svg{color:#1d1c22;background:#ffffff}</style>')}\n`;
