#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
# The bounded model checker CBMC: the system's own if it is new enough, else that of Debian 13 in
# build/cbmc, unpacked like the QEMUs (tests/vm/qemus.sh).
#   cbmc.sh command   what to run, if there is one here
#   cbmc.sh fetch     gets it if there is none, says the size first
set -euo pipefail
export LC_ALL=C
cd "$(dirname "$0")/../../.."

readonly OWN=build/cbmc OLDEST=6 # versions before 6 check less by themselves

say() { printf '%s\n' "$*" >&2; }
stop() { say "cbmc: $*"; exit 2; }
# shellcheck source=/dev/null
. tests/harness/debian.sh

is_new_enough() {
	local version
	version=$("$1" --version 2>/dev/null) && [ "${version%%.*}" -ge "$OLDEST" ] 2>/dev/null
}

command_here() {
	local candidate
	for candidate in cbmc "$OWN/cbmc"; do
		! is_new_enough "$candidate" || { printf '%s\n' "$candidate"; return; }
	done
	return 1
}

# It brings its own C library; the preprocessor and compiler that it calls are the system's.
fetch() {
	local apt root=$OWN.new
	command -v apt-get dpkg-deb >/dev/null || stop 'needs apt and dpkg, to fetch and unpack packages of Debian'
	apt=$(realpath -m "$OWN.apt")
	rm -rf "$apt" "$root" "$OWN"
	make_apt "$apt" trixie trixie
	fetch_packages "$apt" "$root" 'CBMC of trixie' '290 MB' cbmc
	cat >"$root/cbmc" <<-'END'
		#!/bin/sh
		root=$(dirname "$(readlink -f "$0")")
		for loader in "$root"/lib64/ld-linux-x86-64.so.2 "$root"/usr/lib64/ld-linux-x86-64.so.2; do
			[ ! -e "$loader" ] || break
		done
		libraries=$root/usr/lib:$root/usr/lib/x86_64-linux-gnu:$root/lib/x86_64-linux-gnu
		exec "$loader" --library-path "$libraries" "$root/usr/bin/cbmc" "$@"
	END
	chmod +x "$root/cbmc"
	mv "$root" "$OWN"
	rm -rf "$apt"
	is_new_enough "$OWN/cbmc" || stop "what was fetched does not run: $OWN/cbmc --version"
}

case ${1-} in
command) command_here ;;
fetch) command_here >/dev/null || fetch ;;
*) stop 'command or fetch' ;;
esac
