#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
# QEMUs of other Debian releases beside the system's own: unpacked into build/qemus/, nothing is
# installed, and no root is needed. What apt fetches is checked as apt always does.
#   qemus.sh fetch   gets those that are missing, says the size first
#   qemus.sh list    a line for each QEMU at hand: version, name, command
# The environment variable QEMU names the system's own, QEMUS another folder.
set -euo pipefail
export LC_ALL=C
cd "$(dirname "$0")/../.."

readonly HOME_OF_ALL=${QEMUS:-build/qemus}
# Folder, release, what its packages come from.
readonly RELEASES='
trixie            trixie  trixie
trixie-backports  trixie  trixie-backports
'

say() { printf '%s\n' "$*" >&2; }
stop() { say "qemus: $*"; exit 2; }

# shellcheck source=/dev/null
. tests/harness/debian.sh

# Fetches and unpacks one into $HOME_OF_ALL/$1; the folder appears only when it is whole.
fetch() {
	local name=$1 release=$2 suite=$3 apt root text
	[ ! -x "$HOME_OF_ALL/$name/qemu-system-x86_64" ] || return 0
	apt=$(realpath -m "$HOME_OF_ALL/$name.apt") root=$HOME_OF_ALL/$name.new
	rm -rf "$apt" "$root"
	make_apt "$apt" "$release" "$suite"
	fetch_packages "$apt" "$root" "QEMU of $suite" '170 MB' qemu-system-x86
	write_command "$root"
	mv "$root" "$HOME_OF_ALL/$name"
	rm -rf "$apt"
}

# It brings its own C library, so it runs on a system of any age.
write_command() {
	cat >"$1/qemu-system-x86_64" <<-'END'
		#!/bin/sh
		root=$(dirname "$(readlink -f "$0")")
		libraries=$root/lib/x86_64-linux-gnu:$root/usr/lib/x86_64-linux-gnu
		for loader in "$root"/lib64/ld-linux-x86-64.so.2 "$root"/usr/lib64/ld-linux-x86-64.so.2; do
			[ ! -e "$loader" ] || break
		done
		exec "$loader" --library-path "$libraries" "$root/usr/bin/qemu-system-x86_64" \
			-L "$root/usr/share/qemu" -L "$root/usr/share/seabios" "$@"
	END
	chmod +x "$1/qemu-system-x86_64"
}

version_of() { "$1" --version 2>/dev/null </dev/null | sed -n 's/^QEMU emulator version \([0-9.]*\).*/\1/p'; }

# A line of the list, if there is such a command and it runs.
list_one() {
	local version
	version=$(version_of "$2") || true
	[ -z "$version" ] || printf '%-8s %-17s %s\n' "$version" "$1" "$2"
}

list() {
	local name
	list_one system "${QEMU:-qemu-system-x86_64}"
	while read -r name _; do
		[ -z "$name" ] || list_one "$name" "$HOME_OF_ALL/$name/qemu-system-x86_64"
	done <<<"$RELEASES"
}

case ${1-} in
fetch)
	command -v apt-get dpkg-deb >/dev/null || stop 'needs apt and dpkg, to fetch and unpack packages of Debian'
	while read -r name release suite; do
		[ -z "$name" ] || fetch "$name" "$release" "$suite"
	done <<<"$RELEASES"
	;;
list) list ;;
*) stop 'fetch or list' ;;
esac
