#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
# Tries both commands of README.md, ./run.sh and ./run.sh check, on fresh minimal systems of Debian, with what is
# committed here: makes each with debootstrap in build/systems/, runs there as root, keeps what was said.
#   tests/systems.sh [RELEASE]...   bookworm trixie testing, if none is named; needs root
#   COMMANDS='./run.sh --unit legacy;make' tests/systems.sh ...   other commands, ; between them
set -euo pipefail
export LC_ALL=C
cd "$(dirname "$0")/.."

readonly MIRROR=${MIRROR:-http://deb.debian.org/debian}
readonly HOME_OF_ALL=$PWD/build/systems
IFS=';' read -ra commands <<<"${COMMANDS:-./run.sh;./run.sh check}"

say() { printf '%s\n' "$*" >&2; }
stop() { say "systems: $*"; exit 2; }

# A fresh system of release $1 in the folder $2. A debootstrap that is older than the release makes it as it makes
# sid, and the index that a mirror has of testing may have expired.
make_system() {
	local text script=/usr/share/debootstrap/scripts/$1
	[ -e "$script" ] || script=${script%/*}/sid
	rm -rf --one-file-system "$2"
	text=$(debootstrap --variant=minbase --include=git "$1" "$2" "$MIRROR" "$script" 2>&1) ||
		stop "debootstrap $1: $(tail -n 1 <<<"$text")"
	echo 'Acquire::Check-Valid-Until "false";' >"$2/etc/apt/apt.conf.d/valid"
	cp /etc/resolv.conf "$2/etc/"
	git clone -q . "$2/vtdcheck"
}

# Runs the rest of the arguments as a shell command in the system $1; its /proc goes away with the command.
inside() {
	unshare --mount --fork sh -c 'mount -t proc proc "$1/proc" && exec chroot "$1" sh -c "cd /vtdcheck && $2"' sh "$1" "$2"
}

# One command on one system: a line of the table.
try() {
	local release=$1 root=$2 command=$3 log status=0 before=$SECONDS
	log=$HOME_OF_ALL/$release.$(tr -c 'a-z0-9\n' _ <<<"$command").log
	inside "$root" "$command" >"$log" 2>&1 </dev/null || status=$?
	printf '%-10s %-34s %3d %5d s   %s\n' "$release" "$command" "$status" $((SECONDS - before)) \
		"$(grep -v '^#' "$log" | tail -n 1)"
	return "$status"
}

[ "$(id -u)" = 0 ] || stop 'needs root, for debootstrap and chroot'
command -v debootstrap >/dev/null || stop 'needs debootstrap: apt-get install debootstrap'
[ $# -gt 0 ] || set -- bookworm trixie testing
mkdir -p "$HOME_OF_ALL"
worst=0
for release; do
	say "making a system of $release"
	make_system "$release" "$HOME_OF_ALL/$release"
	for command in "${commands[@]}"; do try "$release" "$HOME_OF_ALL/$release" "$command" || worst=1; done
	rm -rf --one-file-system "${HOME_OF_ALL:?}/$release"
done
exit "$worst"
