# SPDX-License-Identifier: MIT
# Do the tests notice what nobody thought of? A part of run.sh.
# shellcheck shell=bash

# Mutants of the model, tried by the kernel's tests: all of them, or a sample. Fails below `least` of 100 (95).
mutants() {
	local word arguments=(--jobs "$(nproc)")
	for word in "$@"; do
		case $word in
		sample=*[!0-9]* | seed=*[!0-9]* | least=*[!0-9]*) stop "$word: a number" ;;
		sample=?* | seed=?* | least=?*) arguments+=("--${word%%=*}" "${word#*=}") ;;
		*) stop "mutants takes sample=N, seed=N and least=PERCENT, not $word" ;;
		esac
	done
	need build run mutants
	build mutants
	iommu=none edu=none accel=tcg words=()
	make_machine
	tests/mutants/measure "${arguments[@]}" build/mutants "${qemu[@]}"
}
