<?php
// Runs after the panel's index.php and adds one script tag, so that no file of the panel is touched: to the System
// page, and to all pages of a panel that has no tab for backups, where the script adds an entry to the menu. Says
// nothing to visitors who are not logged in.
(static function (): void {
	// PHP keeps this file for whatever else the same worker runs later: answers that are no pages
	// must stay as they are.
	if (($_SERVER['SCRIPT_NAME'] ?? '') !== '/index.php' || http_response_code() !== 200) {
		return;
	}
	// The released panel looks at name and password of each request, and ends where they are wrong.
	$isReleased = !is_file(rtrim($_SERVER['ALLSKY_HOME'] ?? '', '/') . '/variables.json');
	if (!$isReleased && ($_GET['page'] ?? '') !== 'system') {
		return;
	}
	$loggedIn = ($_SESSION['auth'] ?? null) === true || ($isReleased && isset($_SERVER['PHP_AUTH_USER']));
	$asksForLogin = $GLOBALS['useLogin'] ?? true;
	if (!$loggedIn && $asksForLogin) {
		return;
	}
	$version = @filemtime(__FILE__);
	$menu = $isReleased ? ' data-menu="1"' : '';
	echo "\n<script src=\"/backups-entry.js?v=$version\"$menu></script>\n";
})();
