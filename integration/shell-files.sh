#!/bin/bash
# Writes what shells and `man` know of the program to target/shell, for the package.
# usage: integration/shell-files.sh PROGRAM
set -euo pipefail
program=$(realpath "$1")
cd "$(dirname "$0")/.."

out=target/shell
rm -rf $out
mkdir -p $out
"$program" completions bash > $out/allsky-backups
"$program" completions zsh > $out/_allsky-backups
"$program" completions fish > $out/allsky-backups.fish
"$program" manual $out/man > /dev/null
