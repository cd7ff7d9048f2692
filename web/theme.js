// Light or dark before anything is drawn. The choice lies where the camera's panel keeps it.
(() => {
  const dark = matchMedia('(prefers-color-scheme: dark)');
  const stored = () => { try { return localStorage.getItem('theme'); } catch { return null; } };
  const apply = () => {
    const theme = stored() || (dark.matches ? 'dark' : 'light');
    document.body.classList.toggle('dark', theme === 'dark');
    document.body.classList.toggle('light', theme !== 'dark');
  };
  document.documentElement.classList.add('ab-js');
  // The body does not exist yet while this runs in the head.
  new MutationObserver((_, watcher) => {
    if (document.body) { watcher.disconnect(); apply(); }
  }).observe(document.documentElement, { childList: true });
  document.addEventListener('DOMContentLoaded', apply);
  dark.addEventListener('change', apply);
  document.addEventListener('click', (event) => {
    if (!event.target.closest('[data-act=theme]')) return;
    const next = document.body.classList.contains('dark') ? 'light' : 'dark';
    try { localStorage.setItem('theme', next); } catch { /* private windows forget it */ }
    apply();
  });
})();
