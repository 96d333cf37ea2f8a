#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
# generate.sh TESTS.md|SPEC.md|BUGS.md|DEVIATIONS.md|README.md DIRECTORY: writes that document by what the kernel itself prints.
# Called by ./run.sh docs, and by ./run.sh check to see whether the documents are fresh.
set -euo pipefail
export LC_ALL=C
cd "$(dirname "$0")/.."

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

# docs/SPEC.md: what tests say of themselves, against the table of contents.
print_spec() {
	print_tests >"$scratch/tests" || return
	awk -f docs/spec.awk docs/spec-sections.txt tests/host/spec/headings.txt "$scratch/tests"
}

# docs/BUGS.md: the list of public bugs, against the tests there are.
print_bugs() {
	print_tests >"$scratch/tests" || return
	awk -f docs/bugs.awk docs/bugs.txt "$scratch/tests"
}

# The deviations that the kernel knows, a line each: see known_print() in tests/engine/known/known.h.
list_deviations() { log_of known=list | tee "$scratch/deviations"; }

# How many tests deviate on each version.
print_totals() {
	awk -F '\t' '
	function value(version,  parts) { split(version, parts, "."); return parts[1] * 1000 + parts[2] }
	/^# deviations of: / { count = split($0, names, " ") }
	NF == 9 {
		for (i = 5; i <= count; i++)
			if (value($1) <= value(names[i]) && ($2 == "OPEN" || value(names[i]) <= value($2)) &&
			    !seen[i, $6]++)
				tests[i]++
	}
	END {
		printf "Tests that deviate in some configuration:"
		for (i = 5; i <= count; i++)
			printf "%s %d on %s", (i > 5 ? "," : ""), tests[i], names[i]
		print "."
	}' "$scratch/deviations"
}

# docs/DEVIATIONS.md, by the list of them; no QEMU but the one at hand is asked.
print_deviations() {
	list_deviations >/dev/null || return
	cat <<-'END'
		# Where QEMU deviates from the specification

		An expectation of a test is always that of the VT-d specification, revision 5.10. Where QEMU's
		`intel-iommu` is known to do something else, a *profile* says exactly what: an observation
		counts as known (`not ok ... # TODO`) only if each of its parts is; anything else is a
		failure, and a deviation that no longer deviates is reported. `run.sh` chooses the profile
		by the version of QEMU, `known=qemu-10.0` for example; a version that is not here takes
		what is known of the nearest older one, and says so. `known=none` turns profiles off.

		Written by `./run.sh docs` from `./run.sh known=list`: do not edit. The list is
		`tests/engine/known/qemu.def`. "x for y" is what was seen for what was due; reasons are
		fault reason codes in hexadecimal; HAW is the host address width, `<HAW` the bit below
		it, and `*` any hexadecimal digit. The last columns say which versions of QEMU do so.

	END
	print_totals
	awk -F '\t' '
	function value(version,  parts) { split(version, parts, "."); return parts[1] * 1000 + parts[2] }
	function in_range(version) {
		return value($1) <= value(version) && ($2 == "OPEN" || value(version) <= value($2))
	}
	function where(  text) {
		text = $3 == "-" ? "" : "with " $3
		if ($4 != "-") text = text (text == "" ? "" : ", ") ($4 ~ /,/ ? "with none of " : "without ") $4
		if ($5 == "optional") text = text (text == "" ? "" : ", ") "by option"
		return text
	}
	/^# deviations of: / {
		count = split($0, names, " ")
		head = "\n| test | specification | what is seen | on units |"
		rule = "\n|---|---|---|---|"
		for (i = 5; i <= count; i++) { head = head " " names[i] " |"; rule = rule "---|" }
	}
	NF == 9 {
		gsub(/\|/, "\\|")
		gsub(/</, "\\&lt;")
		if ($9 != why) {
			why = $9
			print "\n## " toupper(substr(why, 1, 1)) substr(why, 2) "\n" head rule
		}
		row = "| `" $6 "` | " $7 " | " $8 " | " where() " |"
		for (i = 5; i <= count; i++) row = row (in_range(names[i]) ? " x |" : " |")
		print row
	}' "$scratch/deviations"
}

# README.md as it is, but for its sample of a log and the table of counts: what tests/vm/machines.t counts, for the versions
# that were compared with the specification. Of those that are not at hand the old counts stay.
print_readme() {
	list_deviations >/dev/null || return
	rm -f build/machines.txt
	prove -Q tests/vm/machines.t >/dev/null 2>&1 || true # the counts are not yet those of README.md
	[ -s build/machines.txt ] || { echo 'docs: tests/vm/machines.t counts nothing' >&2; return 1; }
	log_of >"$scratch/log" || return
	awk -f docs/counts.awk <(grep '^# deviations of' "$scratch/deviations") build/machines.txt README.md >"$scratch/counted"
	awk -f docs/sample.awk "$scratch/log" "$scratch/counted"
}

case $1 in
TESTS.md) print_tests >"$scratch/text" ;;
SPEC.md) print_spec >"$scratch/text" ;;
BUGS.md) print_bugs >"$scratch/text" ;;
DEVIATIONS.md) print_deviations >"$scratch/text" ;;
README.md) print_readme >"$scratch/text" ;;
esac
cp "$scratch/text" "$2/$1"
