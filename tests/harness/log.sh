# SPDX-License-Identifier: MIT
# A run and its log, and what the judge makes of either. A part of run.sh.
# shellcheck shell=bash

is_bench() { [[ " ${words[*]} " == *' bench '* ]]; }
# Sets status and reason by what tests/judge/judge says of a log; arguments are its own.
judge() {
	reason=$(tests/judge/judge "${list[@]}" "$@")
	status=$?
	[ -n "$reason" ] || { status=$CRASH reason='CRASH  the judge itself failed'; }
}

# For logs of machines that are not QEMU's.
judge_file() {
	local log
	log=$(cd "$caller_directory" && realpath "$1") || stop "cannot read the log $1"
	[ -r "$log" ] || stop "cannot read the log $1"
	judge "$log"
	summarize "$1"
	exit "$status"
}

# The failures in a log, as lines for --known.
known_from() {
	local log=$caller_directory/$1
	[ "${1#/}" = "$1" ] || log=$1
	[ -r "$log" ] || stop "cannot read the log $1"
	judge "$log"
	[ "$status" = "$PASS" ] || [ "$status" = "$FAIL" ] || stop "no list can be made of the log $1: $reason"
	tests/judge/show <"$log" | awk -f tests/engine/known/from_log.awk
	exit "$PASS"
}

# The last line on a terminal, or beside the TAP.
summarize() {
	local colour=$red
	case $status in
	"$PASS") colour=$green ;;
	"$COULD_NOT_RUN" | "$NOTHING_TESTED") colour=$yellow ;;
	esac
	say "$colour$reason$plain   $1"
}

# Runs QEMU with the time limit; returns its status.
# The serial line has a file descriptor of its own: devices of QEMU print to its standard output.
run_qemu() {
	local rc
	(timeout --foreground -k 5 "$limit" "${qemu[@]}" 3>&1 >&2; exit $?) </dev/null 2>"$scratch/stderr" |
		tee "$log" | tests/judge/show "${list[@]}"
	rc=${PIPESTATUS[0]}
	return "$rc"
}

run() {
	local rc end=()
	case $boot in
	pvh) need build run ;;
	iso) need build run iso ;;
	iso-uefi) need build run iso uefi ;;
	efi) need build run efi uefi ;;
	esac
	[ "$accel" = tcg ] || [ -w /dev/kvm ] || stop "--accel kvm: /dev/kvm cannot be opened"
	[[ " ${words[*]} " != *' list '* && " ${words[*]} " != *' known=list '* ]] || list=(--list)
	choose_profile
	check_length
	make_command_line
	{ mkdir -p "$(dirname "$log")" && : >"$log"; } || stop "cannot write the log $log"
	: "${limit:=$([ "$accel" = kvm ] && echo 1800 || echo 300)}"
	SECONDS=0
	run_qemu
	rc=$?
	case $rc in 124 | 137) [ $SECONDS -lt "$limit" ] || end+=(--timed-out "$limit s") ;; esac
	judge --ended "$rc" "${end[@]}" "$log"
	if [ "$status" = "$CRASH" ] || [ "$status" = "$COULD_NOT_RUN" ]; then
		cat "$scratch/stderr" >&2
		grep -q 'TAP version 14' "$log" || tail -n 20 "$log" >&2
	fi
	summarize "$SECONDS s, log: $log"
	return "$status"
}
