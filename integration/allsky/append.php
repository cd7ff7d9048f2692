<?php
// Runs after the panel's index.php and adds one script tag to the System page, so that no file of
// the panel is touched. Says nothing to visitors who are not logged in.
(static function (): void {
	// PHP keeps this file for whatever else the same worker runs later: answers that are no pages
	// must stay as they are.
	if (($_SERVER['SCRIPT_NAME'] ?? '') !== '/index.php' || ($_GET['page'] ?? '') !== 'system') {
		return;
	}
	$loggedIn = ($_SESSION['auth'] ?? null) === true;
	$asksForLogin = $GLOBALS['useLogin'] ?? true;
	if (!$loggedIn && $asksForLogin) {
		return;
	}
	$version = @filemtime(__FILE__);
	echo "\n<script type=\"module\" src=\"/backups/embed.js?v=$version\"></script>\n";
})();
