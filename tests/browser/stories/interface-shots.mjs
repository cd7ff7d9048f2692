// Draws screenshots/tokens*.png, interface*.png and architecture*.png: what other programs get, and how this one is built.
import { mkdirSync } from 'node:fs';
import { SHOTS, draw as picture } from '../drawing.mjs';
import { NightCamera } from '../night_camera.mjs';

export async function open(browser) {
  mkdirSync(SHOTS, { recursive: true });
  const camera = await NightCamera.start({ nights: 2, frames: 6, drive: false });
  const draw = (name, path) => picture(browser, `${camera.url}${path}`, name);
  return { camera, draw };
}

export const close = ({ camera }) => camera.remove();

export const stories = {
  'no tokens': async ({ draw }) => { await draw('tokens-none', 'tokens'); },
  'tokens of programs': async ({ camera, draw }) => {
    camera.say('tokens', 'add', 'grafana');
    camera.say('tokens', 'add', 'scripts', '--right', 'run');
    await draw('tokens', 'tokens');
  },
  'every address': async ({ draw }) => { await draw('interface', 'interface'); },
  'how the program is built': async ({ draw }) => { await draw('architecture', 'architecture'); },
};
