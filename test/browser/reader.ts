/** Opens a page that Heddle writes as a reader does: what the window cuts off, what is drawn where. */
import { type Locator, type Page, chromium as playwright } from 'playwright-core';
import { chromium } from './chromium.ts';

/** Windows of a laptop, a tablet and a phone. */
export const windowWidths = [1100, 700, 390];

/** A place in an element, as shares of its width and height. */
export type Place = readonly [x: number, y: number];

export interface Reader {
  /**
   * What reaches beyond the right edge of a window so many pixels wide, as `TAG text`: the page as a whole, anything
   * outside a box that scrolls, and tables that a reader would have to scroll. A drawing may lie in such a box.
   */
  cutOff(html: string, width: number): Promise<readonly string[]>;
  /** Opens a page to choose and press keys on; the caller closes it. */
  open(html: string, width: number): Promise<Page>;
  /** The colours that are drawn at some places of an element, red, green and blue of each. */
  colours(element: Locator, places: readonly Place[]): Promise<readonly (readonly number[])[]>;
  close(): Promise<void>;
}

export async function openReader(): Promise<Reader> {
  const browser = await playwright.launch({ ...(await chromium()), args: ['--no-sandbox', '--disable-dev-shm-usage'] });
  const open = async (html: string, width: number): Promise<Page> => {
    const page = await browser.newPage({ viewport: { width, height: 900 } });
    await page.setContent(html);
    return page;
  };
  return {
    open,
    async cutOff(html, width) {
      const page = await open(html, width);
      try {
        return await page.evaluate(() => {
          const edge = document.documentElement.clientWidth;
          const name = (element: Element): string => `${element.tagName} ${element.textContent?.slice(0, 60) ?? ''}`;
          const beyond = [...document.querySelectorAll('body *:not(svg *)')].filter((element) => {
            const scrolls = element.parentElement?.closest('.scroll') && element.closest('table') === null;
            return !scrolls && element.getBoundingClientRect().right > edge + 1;
          });
          const boxes = [...document.querySelectorAll('.scroll:has(table)')];
          const scrolled = boxes.filter(({ scrollWidth, clientWidth }) => scrollWidth > clientWidth);
          const page = document.documentElement.scrollWidth > edge ? ['the page'] : [];
          return [...page, ...beyond.map(name), ...scrolled.map(name)];
        });
      } finally {
        await page.close();
      }
    },
    async colours(element, places) {
      const shot = (await element.screenshot()).toString('base64');
      const page = await browser.newPage();
      try {
        return await page.evaluate(
          async ([base64, at]) => {
            const bytes = Uint8Array.from(atob(base64), (character) => character.charCodeAt(0));
            const image = await createImageBitmap(new Blob([bytes]));
            const canvas = new OffscreenCanvas(image.width, image.height).getContext('2d');
            if (!canvas) throw new Error('expected a canvas');
            canvas.drawImage(image, 0, 0);
            return at.map(([x, y]) => {
              const { data } = canvas.getImageData(Math.floor(x * image.width), Math.floor(y * image.height), 1, 1);
              return [...data.slice(0, 3)];
            });
          },
          [shot, places] as const,
        );
      } finally {
        await page.close();
      }
    },
    close: () => browser.close(),
  };
}
