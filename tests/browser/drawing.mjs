// How screenshots/*.png are drawn: light and dark, on a desk and on a phone.
import { join } from 'node:path';

export const SHOTS = join(import.meta.dirname, '../../screenshots');

const DESK = { width: 1280, height: 800 };
const PHONE = { viewport: { width: 390, height: 844 }, hasTouch: true, isMobile: true };
export const LOOKS = {
  'light-desk': { viewport: DESK, colorScheme: 'light' },
  'dark-desk': { viewport: DESK, colorScheme: 'dark' },
  'light-phone': { ...PHONE, colorScheme: 'light' },
  'dark-phone': { ...PHONE, colorScheme: 'dark' },
};

/** Pictures that are in view, or all that the page has. */
const pictures = (page, all) => page.evaluate((all) => {
  // What is far below the window is drawn too, when the picture is of the whole page.
  if (all) for (const card of document.querySelectorAll('.ab-night')) { card.style.contentVisibility = 'visible'; card.querySelector('img')?.setAttribute('loading', 'eager'); }
  return Promise.all([...document.images].filter((image) => all || image.loading !== 'lazy').map((image) => image.decode().catch(() => {})));
}, all);

export const shoot = (page, name, look, options = {}) => page.screenshot({ path: join(SHOTS, `${name}-${look}.png`), animations: 'disabled', ...options });

/** Opens `address`, lets `act` do what is to be seen, and draws it in each of `looks`. */
export async function draw(browser, address, name, act, { looks = Object.keys(LOOKS), fullPage = false, script = true } = {}) {
  for (const look of looks) {
    const context = await browser.newContext({ ...LOOKS[look], javaScriptEnabled: script });
    const page = await context.newPage();
    page.setDefaultTimeout(20_000);
    await page.goto(address);
    await act?.(page);
    if (script) await pictures(page, fullPage);
    await shoot(page, name, look, { fullPage });
    await context.close();
  }
}
