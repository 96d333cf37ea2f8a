# SPDX-License-Identifier: MIT
# Do the tests notice what nobody thought of? A part of run.sh.
# shellcheck shell=bash

# Mutants of the model, tried by the kernel's tests, here without a machine: all of them, a sample, or some sources'. Fails if fewer than
# `least` of 100 are noticed (95), in any source if all are tried.
mutants() {
	local word arguments=(--jobs "$(nproc)")
	for word in "$@"; do
		case $word in
		sample=*[!0-9]* | seed=*[!0-9]* | least=*[!0-9]*) stop "$word: a number" ;;
		sample=?* | seed=?* | least=?* | sources=?*) arguments+=("--${word%%=*}" "${word#*=}") ;;
		*) stop "mutants takes sample=N, seed=N, sources=NAME,NAME and least=PERCENT, not $word" ;;
		esac
	done
	need build mutants
	build mutants
	tests/mutants/measure "${arguments[@]}" build/mutants
}
