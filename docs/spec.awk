# SPDX-License-Identifier: MIT
# spec.awk docs/spec-sections.txt tests/host/spec/headings.txt TESTS.md: each section of the specification and the tests that
# quote its title, or why there are none (docs/SPEC.md). Complains on standard error of sections that have neither.

function complain(text) { print "docs/spec-sections.txt: " text > "/dev/stderr"; failed = 1 }

# A glob over the names of tests, as tests= takes it.
function pattern_of(glob) {
	gsub(/\./, "[.]", glob)
	gsub(/\*/, ".*", glob)
	return "^" glob "$"
}

# All tests that one of these globs, separated by spaces, matches.
function match_tests(section, globs,  parts, count, i, t, found, seen) {
	count = split(globs, parts, " ")
	for (i = 1; i <= count; i++) {
		found = 0
		for (t = 1; t <= test_count; t++)
			if (id[t] ~ pattern_of(parts[i])) {
				found = 1
				if (!seen[t]++) elsewhere[section] = elsewhere[section] " " id[t]
			}
		if (!found) complain(section ": no test is called " parts[i])
	}
}

# The line for a section: its own, else that of the nearest "N.*" around it.
function line_of(section,  above) {
	if (section in kind) return section
	for (above = section; ; sub(/\.?[^.]*$/, "", above)) {
		if ((above ".*") in kind) return above ".*"
		if (above == "") return ""
	}
}

# "12: a.b a.c a.d ..." : how many, and the first.
function told(list,  parts, count, i, text) {
	count = split(list, parts, " ")
	for (i = 1; i <= count && i <= 6; i++) text = text " `" parts[i] "`"
	return count " |" text (count > 6 ? " and " count - 6 " more" : "")
}

FILENAME ~ /spec-sections/ {
	if (/^#/ || !NF) next
	split($0, field, "\t")
	if (field[1] in kind) complain(field[1] " stands there twice")
	if (field[2] !~ /^(no-rule|tests|hardware|device|open)$/ || field[3] == "") complain("what is this: " $0)
	kind[field[1]] = field[2]
	text[field[1]] = field[3]
	next
}
FILENAME ~ /headings/ {
	if (/^#/ || !NF) next
	if (/^Table /) { number = $1 " " $2; title = $0; sub(/^Table [0-9]+ /, "", title) }
	else { number = $1; title = $0; sub(/^[^ ]+ /, "", title) }
	sub(/ \[n\]$/, "", title)
	section[++section_count] = number
	title_of[number] = title
	of_title[title] = of_title[title] " " number
	next
}
/^\| `/ {
	split($0, cell, " \\| ")
	sub(/^\| `/, "", cell[1])
	sub(/`$/, "", cell[1])
	id[++test_count] = cell[1]
	spec[test_count] = cell[3]
}

END {
	for (t = 1; t <= test_count; t++) {
		if (spec[t] ~ /^no rule of the specification/) { without++; continue }
		count = split(spec[t], quoted, "; ")
		for (q = 1; q <= count; q++) {
			name = quoted[q]
			if (!(name in of_title)) sub(/: .*/, "", name)
			if (!(name in of_title)) sub(/ \(.*/, "", name)
			if (!(name in of_title)) { complain(id[t] ": no section is called " name); continue }
			# A title that two sections have: of both.
			found = split(of_title[name], numbers, " ")
			if (numbers[1] == "Table") { quoting[numbers[1] " " numbers[2]] = quoting[numbers[1] " " numbers[2]] " " id[t]; continue }
			for (i = 1; i <= found; i++) quoting[numbers[i]] = quoting[numbers[i]] " " id[t]
		}
	}
	for (s in kind) if (kind[s] == "tests") match_tests(s, text[s])
	for (i = 1; i <= section_count; i++) {
		s = section[i]
		if (s ~ /^Table/) { if (s in quoting) rows = rows sprintf("| %s %s | %s |\n", s, title_of[s], told(quoting[s])); continue }
		l = line_of(s)
		used[l] = 1
		if (s in quoting && l == s && kind[s] !~ /^(tests|no-rule)$/)
			print "docs/spec-sections.txt: " s " has tests now: its line can go" > "/dev/stderr"
		if (s in quoting || (l != "" && kind[l] == "tests")) {
			tested++
			rows = rows sprintf("| %s %s | %s |\n", s, title_of[s], told(quoting[s] (l != "" && kind[l] == "tests" ? elsewhere[l] : "")))
		} else if (l == "") {
			complain(s " " title_of[s] " has no test and no line")
		} else if (kind[l] == "no-rule") {
			without_rule++
		} else {
			number_of[kind[l]]++
			if (!below[l]++) order[++order_count] = l
			if (below[l] == 1) name_of[l] = s " " title_of[s]
		}
	}
	for (i = 1; i <= order_count; i++) {
		l = order[i]
		rows_of[kind[l]] = rows_of[kind[l]] sprintf("| %s%s | %s |\n", name_of[l],
			below[l] > 1 ? ", and " below[l] - 1 " below it" : "", text[l])
	}
	for (s in kind) if (!(s in used)) complain(s " is no section, or another line is nearer to all of it")
	if (failed) exit 1
	print "# The specification, section by section\n"
	print "Written by `./run.sh docs` from titles that tests quote, and from `docs/spec-sections.txt`: do not edit. Of the"
	printf "sections of revision 5.10, %d have tests, %d state nothing that a unit could break, and %d have none: %d need real\n",
		tested, without_rule, number_of["hardware"] + number_of["device"] + number_of["open"], number_of["hardware"]
	printf "hardware, %d a device that is not there, %d are left out. %d tests are about no rule of it.\n", number_of["device"],
		number_of["open"], without
	print "\n## With tests\n\n| section | tests | the first of them |\n|---|---|---|"
	printf "%s", rows
	print "\n## Without: only real hardware can show it\n\n| section | why |\n|---|---|"
	printf "%s", rows_of["hardware"]
	print "\n## Without: needs a device that is not there\n\n| section | what |\n|---|---|"
	printf "%s", rows_of["device"]
	print "\n## Without: left out\n\n| section | why |\n|---|---|"
	printf "%s", rows_of["open"]
}
