# shellcheck shell=bash disable=SC2034,SC2154
# How the installer writes: whole files, only where something differs, and all of it taken back when it does not
# get to its end. The installer reads this file.

kept='' steps=() changed=0 made=()

begin() {
	kept=$(mktemp -d)
	trap 'end $?' EXIT
	trap 'exit 130' INT TERM HUP
}

# end CODE: after a success nothing but the copies goes; else everything is put back, the last change first.
end() {
	local code=$1 at kind path
	trap - EXIT INT TERM HUP
	set +e
	if [ "$code" != 0 ] && [ ${#steps[@]} -gt 0 ]; then
		before_taking_back
		for ((at = ${#steps[@]} - 1; at >= 0; at--)); do
			kind=${steps[at]%% *} path=${steps[at]#* }
			case $kind in
				new) rm -f "$path" ;;
				old) rm -f "$path" && cp -a "$kept/$at" "$path" ;;
				folder) rmdir "$path" 2> /dev/null ;;
				owned) as_owner "$owner" rmdir "$path" 2> /dev/null ;;
			esac
		done
		echo "install: what was done has been taken back" >&2
		after_taking_back
	fi
	rm -rf "$kept"
	exit "$code"
}

# remember PATH: as it is now, before it changes.
remember() {
	if [ -e "$1" ] || [ -L "$1" ]; then
		cp -a "$1" "$kept/${#steps[@]}"
		steps+=("old $1")
	else
		steps+=("new $1")
	fi
}

# Folders that were not there are written down, so that the uninstaller leaves none behind.
make_folder() {
	[ ! -d "$1" ] || return 0
	make_folder "$(dirname "$1")"
	mkdir "$1"
	steps+=("folder $1")
	made+=("${1#"$root"}")
}

# put FROM TO MODE: a whole file or none, and only when it differs.
put() {
	local from=$1 to=$root$2 mode=$3
	[ ! -d "$to" ] || fail "$to is a folder" "Move it away, and run this again."
	if cmp -s "$from" "$to" 2> /dev/null && [ "$(stat -c %a "$to")" = "${mode#0}" ]; then
		return
	fi
	changed=1
	echo "  writes $to"
	[ -z "$dry" ] || return 0
	make_folder "$(dirname "$to")"
	remember "$to"
	install -m "$mode" "$from" "$to.new"
	mv -fT "$to.new" "$to"
}

# put_text TO MODE: the same with what comes in.
put_text() {
	local text
	text=$(mktemp)
	cat > "$text"
	put "$text" "$1" "$2"
	rm -f "$text"
}

# put_link TO FROM: a link of ours, or none where something else has that name.
put_link() {
	[ ! -e "$root$2" ] && [ ! -L "$root$2" ] || return 0
	changed=1
	echo "  links  $root$2"
	[ -z "$dry" ] || return 0
	make_folder "$(dirname "$root$2")"
	remember "$root$2"
	ln -s "$1" "$root$2"
}

# drop TO: a file of ours that is no longer wanted.
drop() {
	[ -e "$root$1" ] || return 0
	changed=1
	echo "  removes $root$1"
	[ -z "$dry" ] || return 0
	remember "$root$1"
	rm -f "$root$1"
}
