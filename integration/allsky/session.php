<?php
// Tells Allsky Backups whether the browser behind a request is logged in to the panel.
//
// The service asks here over loopback with nothing but the session cookie. The session is read
// without its lock, because a lock would wait for whatever page the same user has open. No code of
// the panel is included and nothing is decided by a request parameter: what is not certain is "no".
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
echo json_encode($answer);
