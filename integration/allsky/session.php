<?php
// Tells Allsky Backups whether the browser behind a request is logged in to the panel.
//
// The service asks here over loopback with nothing but the session cookie, and name and password where the browser
// sent them. The session is read without its lock, because a lock would wait for whatever page the same user has
// open. No code of the panel is included and nothing is decided by a request parameter: what is not certain is "no".
declare(strict_types=1);

header('Content-Type: application/json');
header('Cache-Control: no-store');

if (!in_array($_SERVER['REMOTE_ADDR'] ?? '', ['127.0.0.1', '::1'], true) || isset($_SERVER['HTTP_X_FORWARDED_FOR'])) {
	http_response_code(404);
	exit;
}

// Reads session files as PHP wrote them, and never writes, locks or removes one.
final class LocklessReader implements SessionHandlerInterface
{
	private string $folder = '';

	public function open(string $path, string $name): bool
	{
		// A path may carry a depth and a mode in front: "2;0600;/var/lib/php/sessions".
		$parts = explode(';', $path);
		$this->folder = end($parts) ?: sys_get_temp_dir();
		return true;
	}

	public function read(string $id): string
	{
		if (preg_match('/^[A-Za-z0-9,-]{16,256}$/D', $id) !== 1) {
			return '';
		}
		$text = @file_get_contents("{$this->folder}/sess_$id");
		return $text === false ? '' : $text;
	}

	public function close(): bool { return true; }
	public function write(string $id, string $data): bool { return true; }
	public function destroy(string $id): bool { return true; }
	public function gc(int $max_lifetime): int|false { return 0; }
}

/**
 * Whether this is the name and the password of the released panel (v2024.12.06), which has no sessions with a login:
 * it looks at both with each request, in a file whose place its own definitions name, and that may be missing.
 * A newer panel, which has variables.json, takes no password this way, whatever an older one left behind.
 */
function isLoginOfReleasedPanel(string $home, string $user, string $password): bool
{
	$gate = @file_get_contents("$home/html/includes/authenticate.php");
	if ($home === '' || is_file("$home/variables.json") || $gate === false || !str_contains($gate, 'WWW-Authenticate: Basic')) {
		return false;
	}
	$definitions = (string) @file_get_contents("$home/html/includes/allskyDefines.inc");
	$places = ["$home/config/raspap.auth", '/etc/raspap/raspap.auth'];
	if (preg_match("/'RASPI_ADMIN_DETAILS'\\s*,\\s*'([^']+)'/", $definitions, $found) === 1) {
		$places = [$found[1]];
	}
	foreach ($places as $place) {
		if (file_exists($place)) {
			$lines = explode("\n", (string) @file_get_contents($place, false, null, 0, 4096));
			[$name, $hash] = [trim($lines[0]), trim($lines[1] ?? '')];
			break;
		}
	}
	// Nobody has chosen a password yet: the panel's own first ones count, as they are written there.
	foreach (['name' => 'admin_user', 'hash' => 'admin_pass'] as $what => $key) {
		if (!isset($$what) && preg_match("/'$key'\\s*=>\\s*'([^']+)'/", $gate, $found) === 1) {
			$$what = $found[1];
		}
	}
	return isset($name, $hash) && $name !== '' && hash_equals($name, $user) && password_verify($password, $hash);
}

$answer = ['loggedIn' => false];
$id = $_COOKIE[session_name()] ?? '';
if (is_string($id) && $id !== '') {
	session_set_save_handler(new LocklessReader(), false);
	session_id($id);
	if (@session_start(['read_and_close' => true, 'use_cookies' => '0', 'use_strict_mode' => '0', 'cache_limiter' => ''])) {
		$token = $_SESSION['csrf_token'] ?? null;
		$answer = [
			'loggedIn' => ($_SESSION['auth'] ?? null) === true,
			'user' => is_string($_SESSION['user'] ?? null) ? $_SESSION['user'] : null,
			// Also without a login the panel has a token; a panel that asks for none relies on it.
			'csrf' => is_string($token) && $token !== '' ? $token : null,
		];
	}
}
[$user, $password] = [$_SERVER['PHP_AUTH_USER'] ?? null, $_SERVER['PHP_AUTH_PW'] ?? null];
if (!$answer['loggedIn'] && is_string($user) && is_string($password)
	&& isLoginOfReleasedPanel(rtrim($_SERVER['ALLSKY_HOME'] ?? '', '/'), $user, $password)) {
	$answer = ['loggedIn' => true, 'user' => $user, 'csrf' => null, 'byPassword' => true];
}
echo json_encode($answer);
