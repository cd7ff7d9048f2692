// The way from the panel into the backups: makes the place where they are shown, and loads what draws them. The
// panel's own web server gives this file out, so it also runs when the service does not, and says so.
//
// Rule: where the panel has a tab of its own for backups, that tab never comes back by itself: it would show no
// backups at all, and stop the camera for each one that is made there.
(() => {
  const PANE = 'as-system-backups';
  const PAGE = '/index.php?page=system';
  const tag = document.currentScript;
  const isSystemPage = new URLSearchParams(location.search).get('page') === 'system';
  if (tag?.dataset.menu) addToMenu();
  const pane = isSystemPage && (document.getElementById(PANE) || ownPlace());
  if (pane) {
    followAddress();
    load('');
  }

  /** The tab opens by its address, so that a reload, or a login in between, leads back to it. */
  function followAddress() {
    const tab = document.querySelector(`a[href="#${PANE}"]`);
    const isShown = () => pane.classList.contains('active') || !pane.classList.contains('tab-pane');
    const follow = () => { if (location.hash === `#${PANE}` && !isShown()) tab?.click(); };
    addEventListener('load', follow);
    addEventListener('hashchange', follow);
    tab?.addEventListener('click', () => history.replaceState(null, '', `#${PANE}`));
  }

  function load(again) {
    say('Loading the backups …');
    import(`/backups/embed.js${tag ? new URL(tag.src).search : ''}${again}`).catch(async () => {
      const [text, command] = await reason();
      say(text, command);
      const button = document.createElement('button');
      button.type = 'button';
      button.className = 'btn btn-default';
      button.textContent = 'Try again';
      button.addEventListener('click', () => load(`&again=${Date.now()}`));
      pane.append(button);
    });
  }

  /** What is the matter, and a command that helps. */
  async function reason() {
    const host = location.hostname;
    let status = 0;
    try { status = (await fetch('/backups/embed.js', { cache: 'no-store' })).status; } catch { /* 0 */ }
    if (status === 0) return ['The panel does not answer. Check the connection to the camera.'];
    if (status === 421) {
      return [`The backups are not shown at ${host}, because that is not a name that this machine knows. Open the panel by another name or by its address, or add the name to hosts in [server] of the settings of Allsky Backups:`,
        '/etc/allsky-backups/config.toml'];
    }
    if (status === 404) {
      return ['The web server of the panel does not know the backups page. Run the installer of Allsky Backups again, or restart the web server:',
        'sudo systemctl restart lighttpd'];
    }
    if ([500, 502, 503, 504].includes(status)) {
      return ['Allsky Backups does not run. The backups are safe in their folder. Start it, and look at its log:',
        'sudo systemctl restart allsky-backups; journalctl -u allsky-backups -n 20'];
    }
    return [`The page of Allsky Backups could not be loaded (the web server answers ${status}). Its log may say why:`,
      'journalctl -u allsky-backups -n 20'];
  }

  function say(text, command) {
    const line = document.createElement('p');
    line.setAttribute('role', 'status');
    line.textContent = text;
    pane.replaceChildren(line);
    if (!command) return;
    const code = document.createElement('pre');
    code.textContent = command;
    pane.append(code);
  }

  /** A System page without a tab for backups gets one; one without any tabs gets a part at its end. */
  function ownPlace() {
    const place = document.createElement('div');
    place.id = PANE;
    const tabs = document.querySelector('.panel .nav-tabs');
    const content = tabs?.parentElement.querySelector('.tab-content');
    if (content) {
      const tab = document.createElement('li');
      tab.innerHTML = `<a href="#${PANE}" data-toggle="tab">Backups</a>`;
      tabs.append(tab);
      place.className = 'tab-pane fade';
      content.append(place);
      return place;
    }
    (document.getElementById('page-wrapper') || document.querySelector('.panel')?.parentElement)?.append(place);
    if (location.hash === `#${PANE}`) addEventListener('load', () => place.scrollIntoView());
    return place.isConnected ? place : null;
  }

  function addToMenu() {
    const menu = document.getElementById('side-menu');
    if (!menu || menu.querySelector(`a[href$="#${PANE}"]`)) return;
    const entry = document.createElement('li');
    entry.innerHTML = `<a href="${PAGE}#${PANE}"><i class="fa fa-archive fa-fw"></i> Backups</a>`;
    menu.append(entry);
  }
})();
