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
       ./run.sh qemus                                        fetch QEMUs of other releases, list what is here
       ./run.sh kernels [VERSION...]                         fetch Linux kernels of Debian, list what is here
       ./run.sh driver --kernel FILE --units WORDS           somebody else's kernel on units outside, judged
       ./run.sh [OPTION...] compare A B... [WORD...]         what tests did there: logs, or QEMUs to run
       ./run.sh boards                                       what the planner makes of machines that ship
       ./run.sh known-from LOG                               its failures as lines for --known
       ./run.sh junit LOG                                    a log as XML, for Jenkins and GitLab
       ./run.sh mutants [sample=N] [seed=N] [sources=NAME,NAME] [least=PERCENT]  mutants of the model: what no test notices
       ./run.sh proofs [NAME...]                             what holds for every input, proven; fetches CBMC
       ./run.sh docs                                         write the lists in docs/ and README.md anew

options:
  --boot pvh|iso|iso-uefi|efi   how the kernel is started (pvh)
  --unit NAME                   another unit, the same on every QEMU: legacy, first-stage, ...;
                                --unit list tells which there are, and what this QEMU lacks
  --iommu OPTIONS|none          what else to change in the unit, for example aw-bits=39
  --agent NAME|all              the device that does DMA: edu; nvme, xhci, ahci or iommu-testdev (11.1),
                                which cannot do all of it; without this option each test takes
                                the cheapest of edu and iommu-testdev
  --edu OPTIONS|none            how edu is made, for example addr=1e.0 or bus=b1 (with a bridge
                                of that id among the arguments for QEMU); it is the only one then
  --units WORDS                 instead: units outside of the machine, as topo= has them (sm+vcs,legacy);
                                with QEMU 7.2 and 11.1
  --kernel FILE|VERSION         with driver: the kernel; --initrd FILE: with this first file system instead of ours;
                                --append WORDS: with these words, too
  --known FILE                  deviations that are known of this unit, see docs/VMM.md
  --accel tcg|kvm               (tcg)
  --timeout SECONDS             without a line, until a machine counts as crashed (tcg 300, kvm 1800)
  --log FILE                    where the serial log goes (build/run.log)
  --junit FILE                  where the results go as XML, for Jenkins and GitLab

words go to the kernel, for example: list   tests='sm.*'   skip='queue.*,fault.*'   verbose
  mixed     what mixed platforms do to bring-up strategies
  defects   the tests tested: a modelled defect at a time (with --iommu none)
  reset     real units are reset with the machine, after all tests (given by itself with --boot pvh)
  x2apic    the processor's APIC becomes an x2APIC, which extended interrupts (EIM) are for
  bench     what operations cost, in register accesses
The environment variable QEMU names another QEMU, OVMF another UEFI firmware.

END
	echo "exit status: $PASS pass  $FAIL fail  $COULD_NOT_RUN could not run " \
		"$NOTHING_TESTED nothing tested  $CRASH crash or time-out"
}

here=. # from where the user is
[[ $0 != */* ]] || here=${0%/*}

# PASS, FAIL and so on: the exit statuses, by the file that the kernel and the judge have them from.
while IFS='(, ' read -r macro name status _; do
	[ "$macro" != EXIT ] || declare -r "$name=$status"
done <"$here/arch/exit.def" && : "${CRASH:?}" || exit 2

for part in needs build unit machine outside driver log compare mutants proofs check; do
	# shellcheck source=/dev/null
	. "$here/tests/harness/$part.sh" || exit "$COULD_NOT_RUN"
done

unit=scalable iommu='' served='' agent='' edu=$DEFAULT_EDU kernel='' initrd='' append='' boot=pvh accel=tcg limit='' log=build/run.log known='' junit=''
words=() extra=()
red='' green='' yellow='' plain=''
if [ -t 2 ] && [ -z "${NO_COLOR:-}" ] && [ "${TERM:-dumb}" != dumb ]; then red=$'\e[31m' green=$'\e[32m' yellow=$'\e[33m' plain=$'\e[m'; fi

say() { printf '%s\n' "$*" >&2; }
stop() { say "run.sh: $*"; exit "$COULD_NOT_RUN"; }

scratch=$(mktemp -d) || exit "$COULD_NOT_RUN"
trap 'rm -rf "$scratch"' EXIT

while [ $# -gt 0 ]; do
	case $1 in
	-h | --help) usage; exit "$PASS" ;;
	--boot | --unit | --units | --kernel | --initrd | --append | --iommu | --agent | --edu | --known | --accel | --timeout | --log | --junit)
		[ $# -ge 2 ] || stop "$1 needs a value (see --help)"
		case $1 in
		--boot) boot=$2 ;;
		--unit) unit=$2 ;;
		--units) served=$2 iommu=${iommu:-none} edu=${edu/#$DEFAULT_EDU/none}; [ -n "$2" ] || stop '--units needs words, for example sm+vcs,legacy' ;;
		--kernel) kernel=$2 ;;
		--initrd) initrd=$(realpath -m "$2") ;;
		--append) append=$2 ;;
		--iommu) [ "$2" = none ] && iommu=none || iommu=${iommu#none},$2 ;;
		--agent) agent=$2 ;;
		--edu) [ "$2" = none ] && edu=none || edu+=,$2 ;;
		--known) known=$(realpath -m "$2") ;;
		--accel) accel=$2 ;;
		--timeout) limit=$2 ;;
		--log) log=$(realpath -m "$2") ;;
		--junit) junit=$(realpath -m "$2") ;;
		esac
		shift ;;
	--) shift; extra=("$@"); break ;;
	-*) stop "unknown option $1 (see --help; arguments for QEMU come after --)" ;;
	*) words+=("$1") ;;
	esac
	shift
done
caller_directory=$PWD
cd "$here" || exit "$COULD_NOT_RUN"

case $boot in pvh | iso | iso-uefi | efi) ;; *) stop "--boot $boot: pvh, iso, iso-uefi or efi" ;; esac
case $accel in tcg | kvm) ;; *) stop "--accel $accel: tcg or kvm" ;; esac
[ -z "$known" ] || { [ -f "$known" ] && [ -r "$known" ]; } || stop "--known: cannot read the file $known"
[ -z "$junit" ] || { : >"$junit"; } 2>/dev/null || stop "--junit: cannot write the file $junit"
case $limit in *[!0-9]* | 0) stop "--timeout $limit: a number of seconds" ;; esac
[ -z "$served" ] || check_beside_units
case ${words[0]-} in driver) ;; *) [ -z "$kernel$initrd$append" ] || stop '--kernel, --initrd and --append are for driver: ./run.sh driver --kernel ...' ;; esac
[ -z "$agent" ] || [ "$edu" = "$DEFAULT_EDU" ] || stop "--agent $agent: not together with --edu"
[ "$iommu" != none ] || [ "$unit" = scalable ] || stop "--unit $unit: there is no unit with --iommu none"
[ "$unit" != list ] || { list_units; exit; }
case ${words[*]} in
check)
	exec {alone}<run.sh
	flock -n "$alone" || stop 'another check runs in this checkout: wait for its end'
	check ;;
boards) need build check; build build/host/test_bringup_boards; build/host/test_bringup_boards print ;;
qemus) qemus ;;
driver | 'driver '*) driver "${words[@]:1}" ;;
kernels | 'kernels '*) kernels "${words[@]:1}" ;;
mutants | 'mutants '*) mutants "${words[@]:1}" ;;
proofs | 'proofs '*) proofs "${words[@]:1}" ;;
compare | 'compare '*) compare "${words[@]:1}" ;;
docs) docs/generate.sh TESTS.md docs && docs/generate.sh SPEC.md docs && docs/generate.sh BUGS.md docs && docs/generate.sh DEVIATIONS.md docs && docs/generate.sh README.md . ;;
judge | known-from | junit) stop "${words[0]} needs a file: ./run.sh ${words[0]} captured.log" ;;
'judge '*) judge_file "${words[*]:1}" ;;
'known-from '*) known_from "${words[*]:1}" ;;
'junit '*) to_junit "${words[*]:1}" ;;
'check '* | 'boards '* | 'docs '* | 'qemus '*) stop "${words[0]} takes no words, and here is ${words[1]}" ;;
*) run ;;
esac
