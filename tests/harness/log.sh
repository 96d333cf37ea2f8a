# SPDX-License-Identifier: MIT
# A run and its log, and what the judge makes of either. A part of run.sh.
# shellcheck shell=bash

# Sets log to a file that the user named, and sees that it can be read.
choose_log() {
	log=$1
	[ "${1#/}" != "$1" ] || log=$caller_directory/$1
	[ -e "$log" ] || stop "there is no log $1"
	[ -f "$log" ] && [ -r "$log" ] || stop "cannot read the log $1: it is no file, or not yours"
}

# For logs of machines that are not QEMU's.
judge_file() {
	choose_log "$1"
	exec tests/judge/judge "$log" "$1"
}

# The failures in a log, as lines for --known.
known_from() {
	local reason status
	choose_log "$1"
	reason=$(tests/judge/judge "$log")
	status=$?
	[ "$status" = "$PASS" ] || [ "$status" = "$FAIL" ] || stop "no list can be made of the log $1: $reason"
	tests/judge/show <"$log" | awk -f tests/engine/known/from_log.awk
	exit "$PASS"
}

# A log as XML.
to_junit() {
	choose_log "$1"
	exec tests/judge/junit "$log"
}

# A word without a value that the kernel knows.
is_flag_word() {
	local name rest
	while read -r _ name rest; do
		[[ $rest != offsetof* || $name != "\"$1\"," ]] || return 0
	done <arch/options.c
	return 1
}

# A machine that comes back by itself is reset at the end of its tests, unless something else is to be done.
choose_reset() {
	local word text="${words[*]} reset" most
	most_characters
	[ "${#text}" -le "$most" ] || return 0
	[ "$boot" = pvh ] && [ "$iommu$served" != none ] && [[ " ${extra[*]} " != *' -no-reboot '* ]] || return 0
	for word in "${words[@]}"; do
		case $word in
		reset | list | bench | mixed | defects | units=model | known=list) return ;;
		esac
	done
	words+=(reset)
}

run() {
	local list=() first=${words[0]-list}
	[[ $first == *=* ]] || is_flag_word "$first" ||
		stop "unknown word $first (see --help; tests are chosen by tests=NAME)"
	case $boot in
	pvh) need build run ;;
	iso) need build run iso ;;
	iso-uefi) need build run iso uefi ;;
	efi) need build run efi uefi ;;
	esac
	[ "$accel" = tcg ] || [ -e /dev/kvm ] || stop "--accel kvm: there is no /dev/kvm on this machine"
	[ "$accel" = tcg ] || [ -w /dev/kvm ] || stop "--accel kvm: /dev/kvm may not be opened by you (group kvm?)"
	[[ " ${words[*]} " != *' list '* && " ${words[*]} " != *' known=list '* ]] || list=(--list)
	[ -z "$served" ] || prepare_units
	choose_profile
	choose_reset
	check_length
	make_command_line
	[ -d "${log%/*}" ] || mkdir -p "${log%/*}" 2>/dev/null || stop "cannot write the log $log"
	: "${limit:=$([ "$accel" = kvm ] && echo 1800 || echo 300)}"
	exec tests/judge/run "${list[@]}" ${junit:+--junit "$junit"} ${served:+--witness "$scratch/witness"} --limit "$limit" --log "$log" --scratch "$scratch" -- "${qemu[@]}"
}
