# SPDX-License-Identifier: MIT
# Building what a run needs. A part of run.sh.
# shellcheck shell=bash

# Is nothing newer than what was made last? `make` says the same, and takes ten times as long.
is_made() {
	local watched=(Makefile linker.ld boot arch iommu tests build/flags build/words) git=.git
	[ -e "$1" ] || return
	[ ! -f .git ] || read -r _ git <.git # a worktree
	[ ! -e .git ] || watched+=("$git/HEAD" "$git/logs/HEAD" "$git/index")
	[ -z "$(find "${watched[@]}" -newer "build/made/${1##*/}" -print -quit 2>&1)" ]
}

# Makes the file, or whatever else the Makefile knows. Runs in one checkout build one after the other.
build() {
	local text lock
	! is_made "$1" || return 0
	mkdir -p build/made 2>/dev/null
	[ -w build/made ] ||
		stop "cannot write into the folder build, which belongs to $(stat -c %U build): remove it, or be that user"
	exec {lock}<build
	flock -n "$lock" || { say 'run.sh: waits for another run that builds here'; flock "$lock"; }
	: >"build/made/${1##*/}.new"
	text=$(make -s -j "$(nproc)" "$1" 2>&1) || { say "$text"; stop "make $1 failed"; }
	mv "build/made/${1##*/}.new" "build/made/${1##*/}"
	exec {lock}<&-
}
