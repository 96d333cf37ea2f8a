#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
# generate.sh TESTS.md|DEVIATIONS.md DIRECTORY: writes that document by what the kernel itself prints.
# Called by ./run.sh docs, and by ./run.sh check to see whether the documents are fresh.
set -euo pipefail
export LC_ALL=C
cd "$(dirname "$0")/.."

# Units to ask for deviations, by what they have other than the default.
readonly UNITS='intremap=on device-iotlb=on snoop-control=on aw-bits=39 x-scalable-mode=off'

scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT

# Boots for a document; prints the log, or what went wrong.
log_of() {
	./run.sh --log "$scratch/doc.log" "$@" >/dev/null 2>"$scratch/doc" || {
		cat "$scratch/doc" >&2
		return 1
	}
	cat "$scratch/doc.log"
}

# docs/TESTS.md, by what the kernel says of its tests.
print_tests() {
	log_of list >"$scratch/list" || return
	cat <<-'END'
		# The tests

		Written by `./run.sh docs` from what `./run.sh list` prints: do not edit. A test whose unit
		lacks one of the capabilities named is skipped.
	END
	awk -F '\t' '
	NF == 4 {
		area = $1
		sub(/\..*/, "", area)
		if (!(area in rows)) areas[++count] = area
		gsub(/\|/, "\\|")
		rows[area] = rows[area] "| `" $1 "` | " $4 " | " $3 " | " $2 " |\n"
	}
	END {
		head = "\n| test | what it means | specification | needs |\n|---|---|---|---|\n"
		for (i = 1; i <= count; i++)
			printf "\n## %s\n%s%s", areas[i], head, rows[areas[i]]
	}' "$scratch/list"
}

# docs/DEVIATIONS.md, by what units of several capabilities did.
print_deviations() {
	local options
	for options in $UNITS; do
		log_of --iommu "$options" known=qemu-7.2 verbose || return
	done >"$scratch/deviations"
	cat <<-'END'
		# Where units deviate from the specification

		An expectation of a test is always that of the VT-d specification, revision 5.10. Where a
		unit is known to do something else, a *profile* says exactly what: only that very
		observation counts as known (`not ok ... # TODO`), anything else is a failure, and a
		deviation that no longer deviates is reported. `run.sh` chooses the profile from the version
		of QEMU; `known=none` turns profiles off.

		Written by `./run.sh docs` from what the tests saw: do not edit. The reasons stand in the
		profiles, `tests/engine/known_*.c`. In the last column, "x for y" is what was seen for what was due;
		reasons are fault reason codes in hexadecimal.

		# qemu-7.2
	END
	awk '
	function text() { sub(/^  [a-z]+: *"/, ""); sub(/"$/, ""); gsub(/\\"/, "\""); gsub(/\|/, "\\|"); return $0 }
	/^not ok .* # TODO / { id = $5; why = $0; sub(/.* # TODO /, "", why) }
	/^ok / { id = "" }
	/^  spec: / { spec = text() }
	/^  differs: / && id != "" {
		row = "| `" id "` | " spec " | " text() " |\n"
		if (seen[row]++) next
		if (!(why in rows)) reasons[++count] = why
		rows[why] = rows[why] row
	}
	END {
		head = "\n| test | specification | what is seen |\n|---|---|---|\n"
		for (i = 1; i <= count; i++)
			printf "\n## %s\n%s%s", toupper(substr(reasons[i], 1, 1)) substr(reasons[i], 2), head, rows[reasons[i]]
	}' "$scratch/deviations"
}

case $1 in
TESTS.md) print_tests >"$scratch/text" ;;
DEVIATIONS.md) print_deviations >"$scratch/text" ;;
esac
cp "$scratch/text" "$2/$1"
