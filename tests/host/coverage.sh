#!/bin/sh
# SPDX-License-Identifier: MIT
# coverage.sh DIRECTORY SOURCE...: runs the instrumented DIRECTORY/test and prints, for each source,
# how many of its lines and branches were reached, and every line that was not.
set -eu
directory=$1
shift
"$directory/test" >"$directory/log" 2>&1 || { tail -n 20 "$directory/log"; exit 1; }
for source; do
	gcov --branch-probabilities --branch-counts --stdout --object-directory "$directory" \
		"$directory/$(basename "$source" .c).gcda"
done 2>/dev/null | awk '
	$0 ~ /^ *-: +0:Source:/ { source = substr($0, index($0, "Source:") + 7) }
	source !~ /^tests\/model\// { next }
	/^ *[0-9]+\*?: *[0-9]+:/ { lines[source]++; reached[source]++ }
	/^ *(#####|=====): *[0-9]+:/ {
		lines[source]++
		missed[++count] = source ":" $0
	}
	/^branch +[0-9]+ (taken [1-9]|never|taken 0)/ {
		branches[source]++
		if ($3 == "taken" && $4 + 0 > 0) taken[source]++
	}
	END {
		printf "%-32s %14s %16s\n", "", "lines", "branches taken"
		for (source in lines) {
			printf "%-32s %5d of %5d %7d of %5d\n", source, reached[source], lines[source],
				taken[source], branches[source] | "sort"
			all += lines[source]; hit += reached[source]
			b += branches[source]; t += taken[source]
		}
		close("sort")
		printf "%-32s %5d of %5d %7d of %5d\n", "together", hit, all, t, b
		printf "lines %.1f %%, branches %.1f %%\n", 100 * hit / all, 100 * t / b
		for (i = 1; i <= count; i++) print "not reached: " missed[i]
	}'
