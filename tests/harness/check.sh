# SPDX-License-Identifier: MIT
# The whole test run. A part of run.sh.
# shellcheck shell=bash

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

# Is $1 in docs what the kernel of today would make of it?
is_fresh() { docs/generate.sh "$1" "$scratch" && diff -u "docs/$1" "$scratch/$1"; }

# Those of less than a minute, without their mutants, where CBMC is here already: `check` fetches nothing.
check_proofs() {
	local name names
	cbmc=$("$PROOFS/cbmc.sh" command) || return
	mapfile -t names < <(proof_names "$QUICK_PROOF_SECONDS")
	for name in "${names[@]}"; do
		step "proof of tests/host/proofs/${name%%.*}.c ($name), in less than a minute (CBMC is here)" prove_ours "$name"
	done
}

check() {
	local programs
	need build run iso efi uefi mutants check
	step 'builds with gcc' make -s CC=gcc
	[ $failed = 0 ] || { total; return; }
	step 'builds with clang' make -s CC=clang B=build/clang
	step 'includes follow the layers' make -s check-layers
	step 'every header compiles alone' make -s check-headers
	step 'clang-format' make -s format-check
	step 'docs/TESTS.md is fresh (./run.sh docs)' is_fresh TESTS.md
	step 'docs/SPEC.md is fresh' is_fresh SPEC.md
	step 'docs/BUGS.md is fresh' is_fresh BUGS.md
	step 'docs/DEVIATIONS.md is fresh' is_fresh DEVIATIONS.md
	step 'host programs build' make -s host-programs
	step 'the kernel builds as a process' make -s build/host/process/kernel
	step 'fuzzers find nothing' make -s fuzz
	check_proofs
	read -ra programs <<<"$(make -s host-programs 2>/dev/null | tail -n 1)"
	run_tap_programs "${programs[@]}"
	total
}

# QEMUs of other releases, into build/qemus, and all that are here then; check boots each machine on all of them.
qemus() {
	local status=$PASS
	tests/vm/qemus.sh fetch || status=$COULD_NOT_RUN
	tests/vm/qemus.sh list
	exit "$status"
}

total() {
	local colour=$green
	[ $failed = 0 ] || colour=$red
	say "$colour$passed passed, $failed failed$plain"
	[ $failed = 0 ]
}
