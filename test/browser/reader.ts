/** Opens a page that Heddle writes as a reader does, and looks for what the window cuts off. */
import { chromium as playwright } from 'playwright-core';
import { chromium } from './chromium.ts';

/** Windows of a laptop, a tablet and a phone. */
export const windowWidths = [1100, 700, 390];

export interface Reader {
  /**
   * What reaches beyond the right edge of a window so many pixels wide, as `TAG text`: the page as a whole, anything
   * outside a box that scrolls, and tables that a reader would have to scroll. A drawing may lie in such a box.
   */
  cutOff(html: string, width: number): Promise<readonly string[]>;
  close(): Promise<void>;
}

export async function openReader(): Promise<Reader> {
  const browser = await playwright.launch({ ...(await chromium()), args: ['--no-sandbox', '--disable-dev-shm-usage'] });
  return {
    async cutOff(html, width) {
      const page = await browser.newPage({ viewport: { width, height: 900 } });
      try {
        await page.setContent(html);
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
    close: () => browser.close(),
  };
}
