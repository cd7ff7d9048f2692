// Sizes, numbers and times as the server prints them.
const UNITS = ['kB', 'MB', 'GB', 'TB', 'PB'];

export function size(bytes) {
  if (bytes < 1000) return `${bytes} B`;
  let value = bytes / 1000;
  let unit = 0;
  while (value >= 999.95 && unit + 1 < UNITS.length) { value /= 1000; unit += 1; }
  return `${value.toFixed(1)} ${UNITS[unit]}`;
}

export const count = (number) => number.toLocaleString('en-US');

export const counted = (number, one) => `${count(number)} ${one}${number === 1 ? '' : 's'}`;

export function timeLeft(seconds) {
  if (seconds <= 60) return 'a minute or less left';
  if (seconds < 3600) return `about ${Math.ceil(seconds / 60)} min left`;
  return `about ${Math.floor(seconds / 3600)} h ${Math.floor((seconds % 3600) / 60)} min left`;
}

export function percent(done, total) {
  return total > 0 ? Math.floor((Math.min(done, total) * 100) / total) : null;
}

export function amounts({ done_bytes: bytes, total_bytes: allBytes, done_files: files, total_files: allFiles }) {
  const parts = [];
  if (allBytes) parts.push(`${size(bytes)} of ${size(allBytes)}`);
  else if (bytes) parts.push(size(bytes));
  if (allFiles) parts.push(`${count(files)} of ${counted(allFiles, 'file')}`);
  else if (files) parts.push(counted(files, 'file'));
  return parts.join(' · ');
}
