# SPDX-License-Identifier: MIT
# Logs side by side, or QEMUs. A part of run.sh.
# shellcheck shell=bash

readonly LOG_MARKER='TAP version 14'

# The QEMU that the word $1 means, into `command` and `name`: a line of `qemus` by its name or its version, whole
# or the start of it, or a program.
find_qemu() {
	local version known path
	while read -r version known path; do
		case $1 in
		"$known" | "$path" | "$version" | "${version%.*}") command=$path name="QEMU $version, $known" ; return ;;
		esac
	done < <(tests/vm/qemus.sh list)
	[ -f "$file" ] && [ -x "$file" ] && command=$file name=$1
}

# Boots the machine that the options describe in QEMU $1, with the words of `kernel_words`; its log goes to $2.
boot_for_comparison() {
	local again=(--unit "$unit" --boot "$boot" --agent "$agent" --edu "$edu" --accel "$accel" --log "$2")
	[ -z "$iommu" ] || again+=(--iommu "$iommu")
	[ -z "$known" ] || again+=(--known "$known")
	[ -z "$limit" ] || again+=(--timeout "$limit")
	rm -f "$2"
	say "$(QEMU=$1 ./run.sh "${again[@]}" "${kernel_words[@]}" -- "${extra[@]}" 2>&1 >/dev/null | tail -n 1)"
	grep -aq "$LOG_MARKER" "$2" 2>/dev/null || stop "compare: no log of $1"
}

# Is $1 a word for the kernel?
is_kernel_word() { [[ $1 =~ ^[a-z]+= ]]; }

# The table of logs and QEMUs; the QEMUs run first.
compare() {
	local word file command name sides=() kernel_words=()
	for word; do ! is_kernel_word "$word" || kernel_words+=("$word"); done
	for word; do
		is_kernel_word "$word" && continue
		file=$caller_directory/$word
		[ "${word#/}" = "$word" ] || file=$word
		if [ -f "$file" ] && grep -aq "$LOG_MARKER" "$file"; then
			sides+=("$word" "$file")
		elif find_qemu "$word"; then
			sides+=("$name" "build/compare.${#sides[@]}.log")
			boot_for_comparison "$command" "${sides[-1]}"
		else
			stop "compare: $word is no log and no QEMU; at hand: $(tests/vm/qemus.sh list | awk '{ print $1, $2 }' |
				paste -sd, | sed 's/,/, /g')"
		fi
	done
	tests/judge/compare "${sides[@]}"
}
