# SPDX-License-Identifier: MIT
# bugs.awk docs/bugs.txt TESTS.md: public bugs and the tests that show them (docs/BUGS.md). Run at the top of the repository.
# Complains on standard error of names that nothing has.

function complain(text) { print "docs/bugs.txt: " text > "/dev/stderr"; failed = 1 }

function pattern_of(glob) {
	gsub(/\./, "[.]", glob)
	gsub(/\*/, ".*", glob)
	return "^" glob "$"
}

# Is this the commit, or one of the commits, of a bug? Projects are spelled in more than one way.
function names_bug(bug, name,  project, commits, count, i) {
	project = name
	sub(/ [^ ]*$/, "", project)
	count = split(name, commits, " ")
	return index(bug ",", commits[count] ",") && index(tolower(bug), tolower(project) " ") == 1
}

# Tests that a bug names, and those whose titles name it.
function tests_of(b,  globs, count, g, t, seen, list, hits) {
	count = kind[b] == "tests" ? split(text[b], globs, " ") : 0
	for (g = 1; g <= count; g++) {
		hits = 0
		for (t = 1; t <= test_count; t++) if (id[t] ~ pattern_of(globs[g])) hits++
		if (!hits) complain(bug[b] ": no test is called " globs[g])
		list = list (list == "" ? "" : ", ") "`" globs[g] "`" (hits > 1 ? " (" hits ")" : "")
		for (t = 1; t <= test_count; t++) if (id[t] ~ pattern_of(globs[g])) seen[t] = 1
	}
	for (t = 1; t <= test_count; t++)
		if (named[t] != "" && names_bug(bug[b], named[t])) {
			known[named[t]] = 1
			if (!seen[t]++) list = list (list == "" ? "" : ", ") "`" id[t] "`"
		}
	return list
}

FILENAME ~ /bugs\.txt$/ {
	if (/^#/ || !NF) next
	if (split($0, field, "\t") != 4 || field[3] !~ /^(tests|file|software|hardware|device|open)$/)
		complain("what is this: " $0)
	bug[++bug_count] = field[1]
	what[bug_count] = field[2]
	kind[bug_count] = field[3]
	text[bug_count] = field[4]
	next
}
/^\| `/ {
	split($0, cell, " \\| ")
	sub(/^\| `/, "", cell[1])
	sub(/`$/, "", cell[1])
	id[++test_count] = cell[1]
	if (cell[2] ~ /^[A-Za-z][A-Za-z0-9-]+ ([0-9a-f][0-9a-f][0-9a-f][0-9a-f][0-9a-f]+|[0-9][0-9]+): /) {
		named[test_count] = cell[2]
		sub(/: .*/, "", named[test_count])
	}
}

END {
	for (b = 1; b <= bug_count; b++) {
		list = tests_of(b)
		count[kind[b]]++
		if (kind[b] == "file" && system("test -f " text[b]) != 0) complain(bug[b] ": there is no file " text[b])
		if (kind[b] == "file") list = "`" text[b] "`"
		if (list == "") list = (kind[b] == "software" ? "of the software: " : kind[b] == "open" ? "not tested: " : "not here: ") text[b]
		rows = rows sprintf("| %s | %s | %s |\n", bug[b], what[b], list)
	}
	for (t = 1; t <= test_count; t++)
		if (named[t] != "" && !known[named[t]]) complain(id[t] " names " named[t] ", which has no line")
	if (failed) exit 1
	print "# Public bugs, and the tests that would show them again\n"
	print "Written by `./run.sh docs` from `docs/bugs.txt` and from titles of tests that begin with a bug: do not edit. Each was found"
	printf "by somebody else, in an emulator, a hypervisor, a driver or firmware. Of %d, tests show %d, files of the repository %d; %d\n",
		bug_count, count["tests"], count["file"], count["software"]
	printf "were software's own, %d need what no emulator has, %d are open. `*` stands for any text, and the number for how many tests.\n\n",
		count["hardware"] + count["device"], count["open"]
	print "| bug | what went wrong | shown by, or why not |\n|---|---|---|"
	printf "%s", rows
}
