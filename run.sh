#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
# Builds vtdcheck, boots it in QEMU and judges its log. `./run.sh --help` tells the rest.
set -uo pipefail
export LC_ALL=C

usage() {
	cat <<'END'
usage: ./run.sh [OPTION...] [WORD...] [-- QEMU-ARGUMENT...]   boot, test, judge
       ./run.sh check                                        everything: host, builds, all machines
       ./run.sh judge FILE                                   judge a log that was captured elsewhere
       ./run.sh boards                                       what the planner makes of machines that ship
       ./run.sh known-from LOG                               its failures as lines for --known
       ./run.sh docs                                         write the lists in docs/ and README.md anew

options:
  --boot pvh|iso|iso-uefi|efi   how the kernel is started (pvh)
  --iommu OPTIONS|none          what to change in the unit, for example x-scalable-mode=off;
                                the rest stays as the DEFAULT lines of run.sh say
  --edu OPTIONS|none            the same for the device that does DMA, for example addr=1e.0 or
                                bus=b1 (with a bridge of that id among the arguments for QEMU)
  --known FILE                  deviations that are known of this unit, see docs/VMM.md
  --accel tcg|kvm               (tcg)
  --timeout SECONDS             until a silent machine counts as crashed (tcg 300, kvm 1800)
  --log FILE                    where the serial log goes (build/run.log)

words go to the kernel, for example: list   tests='sm.*'   skip='queue.*,fault.*'   verbose
  mixed     what mixed platforms do to bring-up strategies
  defects   the tests tested: a modelled defect at a time (with --iommu none)
  bench     what operations cost, in register accesses
The environment variable QEMU names another QEMU, OVMF another UEFI firmware.

END
	echo "exit status: $PASS pass  $FAIL fail  $COULD_NOT_RUN could not run " \
		"$NOTHING_TESTED nothing tested  $CRASH crash or time-out"
}

# PASS, FAIL and so on: the exit statuses, by the file that the kernel and the judge have them from.
while IFS='(, ' read -r macro name status _; do
	[ "$macro" != EXIT ] || declare -r "$name=$status"
done <"$(dirname "$0")/arch/exit.def" && : "${CRASH:?}" || exit 2

readonly DEFAULT_IOMMU=intremap=on,x-scalable-mode=on,caching-mode=on,aw-bits=48
readonly DEFAULT_EDU=dma_mask=0xffffffffffffffff
readonly OVMF_PLACES=${OVMF:-/usr/share/ovmf/OVMF.fd
	/usr/share/OVMF/OVMF_CODE_4M.fd /usr/share/OVMF/OVMF_CODE.fd}
readonly BIN=${QEMU:-qemu-system-x86_64}

# What is needed for what: purpose, a command or file (pattern; one of several with | between), the
# package of Debian it is in (pattern, where releases put a version into the name).
readonly NEEDS='
build  make                            make
build  gcc                             gcc
build  ld                              binutils
build  nasm                            nasm
build  /usr/include/limits.h           libc6-dev
run    qemu-system-x86_64              qemu-system-x86
run    perl                            perl-base
iso    grub-mkrescue                   grub-common
iso    /usr/lib/grub/i386-pc           grub-pc-bin
iso    /usr/lib/grub/x86_64-efi        grub-efi-amd64-bin
iso    xorriso                         xorriso
iso    mformat                         mtools
iso    xz                              xz-utils
efi    /usr/include/efi/efi.h          gnu-efi
efi    mcopy                           mtools
uefi   /usr/share/ovmf/OVMF.fd|/usr/share/OVMF/OVMF_CODE*.fd ovmf
check  prove                           perl
check  git                             git
check  clang                           clang
check  /usr/lib/llvm-*/lib/clang/*/lib/linux/libclang_rt.fuzzer-x86_64.a libclang-rt*-dev
check  clang-format                    clang-format
check  /usr/include/cmocka.h           libcmocka-dev
'

iommu=$DEFAULT_IOMMU edu=$DEFAULT_EDU boot=pvh accel=tcg limit='' log=build/run.log known=''
words=() extra=() list=()
red='' green='' yellow='' plain=''
if [ -t 2 ]; then red=$'\e[31m' green=$'\e[32m' yellow=$'\e[33m' plain=$'\e[m'; fi

say() { printf '%s\n' "$*" >&2; }
stop() { say "run.sh: $*"; exit "$COULD_NOT_RUN"; }

# ---- what must be installed ------------------------------------------------------------------

# Is there a command or file that the word names? It may name several, with | between.
is_here() {
	local things thing
	IFS='|' read -ra things <<<"$1"
	for thing in "${things[@]}"; do
		compgen -G "$thing" >/dev/null || command -v "$thing" >/dev/null && return
	done
	return 1
}

# Packages that the purposes given as arguments lack, one per line: names or patterns.
missing_packages() {
	local purpose thing package
	while read -r purpose thing package; do
		[[ " $* " == *" $purpose "* ]] || continue
		[ "$purpose" = run ] && [ -n "${QEMU:-}" ] && continue
		[ "$purpose" = uefi ] && [ -n "${OVMF:-}" ] && continue
		is_here "$thing" || echo "$package"
	done <<<"$NEEDS" | sort -u
}

# What this release calls a package. Of several names of a pattern the shortest, which is the one
# without a version: it means the release's own. As long as apt knows none: that name, too.
package_name() {
	local name best=''
	while [[ $1 == *'*'* ]] && read -r name; do
		# shellcheck disable=SC2053 # a pattern
		[[ $name == $1 ]] && { [ -z "$best" ] || [ ${#name} -lt ${#best} ]; } && best=$name
	done < <(apt-cache pkgnames "${1%%\**}")
	echo "${best:-${1//\*/}}"
}

package_names() {
	local pattern
	missing_packages "$@" | while read -r pattern; do package_name "$pattern"; done | xargs
}

# Makes sure that everything for these purposes is there: installs it where that needs no password.
need() {
	local as_root=() packages get=(apt-get --no-install-recommends -o Dpkg::Use-Pty=0 install)
	[ -n "$(missing_packages "$@")" ] || return 0
	command -v apt-get >/dev/null ||
		stop "install what these packages of Debian hold, then try again: $(missing_packages "$@" | xargs)"
	if [ "$(id -u)" != 0 ]; then
		sudo -n true 2>/dev/null || stop "to install what is missing: sudo apt-get install $(package_names "$@")"
		as_root=(sudo)
	fi
	# One source out of order is no harm, as long as the packages are found.
	"${as_root[@]}" apt-get update </dev/null >"$scratch/apt" 2>&1
	packages=$(package_names "$@")
	say "installing: $packages"
	# shellcheck disable=SC2086 # a list
	say "$("${get[@]}" --assume-no $packages 2>/dev/null | grep -E '^(Need to get|After this)')"
	# shellcheck disable=SC2086 # a list
	"${as_root[@]}" env DEBIAN_FRONTEND=noninteractive "${get[@]}" -y $packages \
		</dev/null >>"$scratch/apt" 2>&1 || { cat "$scratch/apt" >&2; stop 'apt-get failed'; }
	packages=$(package_names "$@")
	[ -z "$packages" ] || stop "still missing: $packages"
}

build() {
	local text
	text=$(make -s -j "$(nproc)" "$@" 2>&1) || { say "$text"; stop "make $* failed"; }
}

# ---- the machine -----------------------------------------------------------------------------

# Appends to the array qemu what starts the kernel on this boot route, with `words`.
add_boot_route() {
	case $boot in
	pvh)
		build build/vtdcheck.elf
		qemu+=(-kernel build/vtdcheck.elf -append "${words[*]}")
		[ -z "$known" ] || qemu+=(-initrd "$known")
		;;
	iso | iso-uefi)
		build build/vtdcheck.iso
		iso_with_words "$scratch/boot.iso"
		qemu+=(-drive "file=$scratch/boot.iso,format=raw,if=virtio,readonly=on")
		[ "$boot" = iso ] || add_firmware
		;;
	efi)
		build build/vtdcheck.img
		stick_with_words "$scratch/stick.img"
		add_firmware
		qemu+=(-drive "file=$scratch/stick.img,format=raw,if=virtio")
		;;
	esac
}

# Appends the UEFI firmware to the array qemu: a whole one, or one whose variables are in a file
# beside the code. Together, in this order, they are a whole one.
add_firmware() {
	local place found=''
	for place in $OVMF_PLACES; do [ -n "$found" ] || [ ! -r "$place" ] || found=$place; done
	[ -n "$found" ] || stop "no UEFI firmware to read: $(xargs <<<"$OVMF_PLACES")"
	case $found in
	*_CODE*)
		cat "${found/_CODE/_VARS}" "$found" >"$scratch/OVMF.fd" || stop "$found is without its variables"
		found=$scratch/OVMF.fd
		;;
	esac
	qemu+=(-bios "$found")
}

# The kernel takes as many words on every boot route. What QEMU starts it with (pvh) keeps one character more, and
# then writes over its own data; a word of GRUB (iso) may have 8 KiB; the file of the EFI application 32.
check_length() {
	local text="${words[*]}" most
	most=$(($(sed -n 's/^#define OPTIONS_LINE_BYTES //p' arch/options.h) - 1)) || exit
	[ "${#text}" -le "$most" ] ||
		stop "--boot $boot: the words have ${#text} characters, $most are allowed"
}

# The ISO as it is, apart from the menu: one entry, started at once, with `words`.
iso_with_words() {
	{
		printf 'insmod all_video\nmultiboot2 /boot/vtdcheck.elf'
		printf " '%s'" "${words[@]//\'/}"
		[ -z "$known" ] || printf '\nmodule2 /boot/vtdcheck.txt'
		printf '\nboot\n'
	} >"$scratch/grub.cfg"
	if ! cp build/vtdcheck.iso "$1" || ! xorriso -dev "$1" -boot_image any keep \
		-map "$scratch/grub.cfg" /boot/grub/grub.cfg \
		${known:+-map "$known" /boot/vtdcheck.txt} -commit >"$scratch/xorriso" 2>&1; then
		cat "$scratch/xorriso" >&2
		stop 'cannot put the words into a copy of build/vtdcheck.iso'
	fi
}

# The memory stick as it is, with `words` in the file that the EFI application reads.
stick_with_words() {
	if ! cp build/vtdcheck.img "$1" ||
		! mcopy -o -i "$1" - ::/EFI/BOOT/vtdcheck.txt < <(
			printf '%s\n' "${words[*]}"
			[ -z "$known" ] || cat "$known"); then
		stop 'cannot write vtdcheck.txt into a copy of build/vtdcheck.img'
	fi
}

# Options of the unit as this QEMU spells them: since 11.1 the name scalable-mode has no x- before it.
spell() {
	local mode=x-scalable-mode
	! "$BIN" -device intel-iommu,help 2>&1 </dev/null | grep -q '^  scalable-mode=' || mode=scalable-mode
	sed -E "s/(^|,)(x-)?scalable-mode=/\1$mode=/g" <<<"$1"
}

# The array qemu: the whole command line.
make_command_line() {
	# shellcheck disable=SC2054 # QEMU has commas within arguments
	# No device but the unit and its agent: every other one costs time whenever translation turns.
	qemu=("$BIN" -machine q35,kernel-irqchip=split,sata=off,smbus=off -accel "$accel" -m 256
		-nodefaults -no-reboot -display none -serial file:/dev/fd/3
		-device isa-debug-exit,iobase=0xf4,iosize=4)
	# Under TCG the 100 ms that edu takes for each transfer cost nothing: an idle processor skips them.
	# That clock is no measure of speed.
	[ "$accel" = kvm ] || [[ " ${words[*]} " == *' bench '* ]] || qemu+=(-icount 'shift=10,sleep=off')
	[ "$iommu" = none ] || qemu+=(-device "intel-iommu,$(spell "$iommu")")
	qemu+=("${extra[@]}") # before edu: they may hold the bridge it sits behind
	[ "$edu" = none ] || qemu+=(-device "edu,$edu")
	add_boot_route
}

# Which profile says what is known of this QEMU's unit.
profile() {
	local version
	version=$("$BIN" --version 2>&1 </dev/null) || stop "cannot run QEMU: $BIN: ${version##*: }"
	case $version in
	'QEMU emulator version '[0-9]*.[0-9]*)
		version=${version#QEMU emulator version }
		version=${version%%[!0-9.]*}
		cut -d. -f1,2 <<<"qemu-$version" ;;
	*) echo none ;;
	esac
}

choose_profile() {
	local name
	name=$(profile) || exit
	[[ " ${words[*]}" == *' known='* ]] || words=("known=$name" "${words[@]}")
}

# ---- the log ---------------------------------------------------------------------------------

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

# ---- everything ------------------------------------------------------------------------------

passed=0 failed=0

# One check of the source tree: a name and the command that must succeed.
step() {
	local name=$1 text
	shift
	if text=$("$@" 2>&1); then
		passed=$((passed + 1))
		say "${green}ok$plain      $name"
		grep '^warning: ' <<<"$text" >&2
	else
		failed=$((failed + 1))
		say "${red}not ok$plain  $name"
		say "$text"
	fi
}

# Runs the programs given and tests/vm in parallel; adds to passed and failed what they counted.
run_tap_programs() {
	local counts
	counts=$(tests/harness/run-all "$(nproc)" "$@" tests/vm/*.t) || counts='0 1'
	passed=$((passed + ${counts% *})) failed=$((failed + ${counts#* }))
}

# Is $1 in docs (or in $2) what the kernel of today would make of it?
is_fresh() { docs/generate.sh "$1" "$scratch" && diff -u "${2:-docs}/$1" "$scratch/$1"; }

check() {
	local programs
	need build run iso efi uefi check
	step 'builds with gcc' make -s CC=gcc
	[ $failed = 0 ] || { total; return; }
	step 'builds with clang' make -s CC=clang B=build/clang
	step 'includes follow the layers' make -s check-layers
	step 'every header compiles alone' make -s check-headers
	step 'clang-format' make -s format-check
	step 'docs/TESTS.md is fresh (./run.sh docs)' is_fresh TESTS.md
	step 'docs/DEVIATIONS.md is fresh' is_fresh DEVIATIONS.md
	step 'the counts in README.md are fresh' is_fresh README.md .
	step 'host programs build' make -s host-programs
	step 'fuzzers find nothing' make -s fuzz
	read -ra programs <<<"$(make -s host-programs 2>/dev/null | tail -n 1)"
	run_tap_programs "${programs[@]}"
	total
}

total() {
	local colour=$green
	[ $failed = 0 ] || colour=$red
	say "$colour$passed passed, $failed failed$plain"
	[ $failed = 0 ]
}

# ---- what the user asked for -----------------------------------------------------------------

scratch=$(mktemp -d) || exit "$COULD_NOT_RUN"
trap 'rm -rf "$scratch"' EXIT

while [ $# -gt 0 ]; do
	case $1 in
	-h | --help) usage; exit "$PASS" ;;
	--boot | --iommu | --edu | --known | --accel | --timeout | --log)
		[ $# -ge 2 ] || stop "$1 needs a value (see --help)"
		case $1 in
		--boot) boot=$2 ;;
		--iommu) [ "$2" = none ] && iommu=none || iommu+=,$2 ;;
		--edu) [ "$2" = none ] && edu=none || edu+=,$2 ;;
		--known) known=$(realpath -m "$2") ;;
		--accel) accel=$2 ;;
		--timeout) limit=$2 ;;
		--log) log=$(realpath -m "$2") ;;
		esac
		shift ;;
	--) shift; extra=("$@"); break ;;
	-*) stop "unknown option $1 (see --help; arguments for QEMU come after --)" ;;
	*) words+=("$1") ;;
	esac
	shift
done
caller_directory=$PWD
cd "$(dirname "$0")" || exit "$COULD_NOT_RUN"

case $boot in pvh | iso | iso-uefi | efi) ;; *) stop "--boot $boot: pvh, iso, iso-uefi or efi" ;; esac
case $accel in tcg | kvm) ;; *) stop "--accel $accel: tcg or kvm" ;; esac
[ -z "$known" ] || { [ -f "$known" ] && [ -r "$known" ]; } || stop "--known: cannot read the file $known"
case $limit in *[!0-9]* | 0) stop "--timeout $limit: a number of seconds" ;; esac
case ${words[*]} in
check) check ;;
boards) need build check; build build/host/test_bringup_boards; build/host/test_bringup_boards print ;;
docs) docs/generate.sh TESTS.md docs && docs/generate.sh DEVIATIONS.md docs && docs/generate.sh README.md . ;;
judge) stop 'judge needs a file: ./run.sh judge captured.log' ;;
'judge '*) judge_file "${words[*]:1}" ;;
'known-from '*) known_from "${words[*]:1}" ;;
'check '* | 'boards '* | 'docs '*) stop "${words[0]} takes no words, and here is ${words[1]}" ;;
*) run ;;
esac
