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

# The mirror that this machine's apt uses.
mirror() {
	apt-get indextargets --format '$(LABEL) $(REPO_URI)' 'Created-By: Packages' 2>/dev/null |
		sed -n 's/^Debian //p' | sort -u | head -n 1
}

# An apt of its own below the folder $1, for release $2 and suite $3: it sees no installed package.
make_apt() {
	local folder=$1 uri key=/usr/share/keyrings/debian-archive-keyring.gpg
	uri=$(mirror)
	[ -n "$uri" ] || stop 'apt knows no Debian mirror yet: apt-get update'
	[ ! -r "$key" ] || key=" [signed-by=$key]"
	mkdir -p "$folder"/{lists/partial,cache/archives/partial,preferences.d,apt.conf.d,log}
	: >"$folder/status"
	printf "deb${key-} $uri %s main\n" $(printf '%s\n' "$2" "$3" | sort -u) >"$folder/sources.list"
	cat >"$folder/apt.conf" <<-END
		Dir::Etc "$folder/";
		Dir::Etc::SourceParts "-";
		Dir::Etc::TrustedParts "/etc/apt/trusted.gpg.d";
		Dir::State "$folder/";
		Dir::State::Status "$folder/status";
		Dir::Cache "$folder/cache";
		Dir::Log "$folder/log";
		APT::Sandbox::User "$(id -un)";
		APT::Architecture "amd64";
		APT::Install-Recommends "false";
		APT::Default-Release "$3";
		Acquire::Languages "none";
		Debug::NoLocking "true";
	END
}

# Fetches and unpacks one into $HOME_OF_ALL/$1; the folder appears only when it is whole.
fetch() {
	local name=$1 release=$2 suite=$3 apt root text
	[ ! -x "$HOME_OF_ALL/$name/qemu-system-x86_64" ] || return 0
	apt=$(realpath -m "$HOME_OF_ALL/$name.apt") root=$HOME_OF_ALL/$name.new
	rm -rf "$apt" "$root"
	make_apt "$apt" "$release" "$suite"
	export APT_CONFIG=$apt/apt.conf
	text=$(apt-get update 2>&1) || stop "the package lists of $suite: $text"
	text=$(apt-get --print-uris -y install qemu-system-x86 2>&1) || stop "$suite: $text"
	say "QEMU of $suite: $(awk '/^\047/ { n++; bytes += $3 } END {
		printf "%d packages, %.0f MB to fetch, about 170 MB unpacked", n, bytes / 1e6 }' <<<"$text")"
	text=$(apt-get --download-only -y install qemu-system-x86 2>&1) || stop "$suite: $text"
	mkdir -p "$root"
	for text in "$apt"/cache/archives/*.deb; do
		dpkg-deb -x "$text" "$root" || stop "cannot unpack ${text##*/}"
	done
	write_command "$root"
	mv "$root" "$HOME_OF_ALL/$name"
	rm -rf "$apt"
	unset APT_CONFIG
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
