# SPDX-License-Identifier: MIT
# README.md with its table of counts made anew. Files: the line of `known=list` that names the compared versions;
# build/machines.txt (version, machine, passed, failed, known, skipped); README.md. Whatever version of a column
# was not counted now keeps its cells.

# "11.1" of "11.1.3".
function series(version,  parts) { split(version, parts, "."); return parts[1] "." parts[2] }

function print_table(  i, n, line, rule) {
	line = "| `--unit` |"; rule = "|---|"
	for (i = 5; i <= count; i++) {
		line = line " " (names[i] in full ? full[names[i]] : names[i]) " |"
		rule = rule "---|"
	}
	print "\n" line "\n" rule
	for (n = 1; n <= machines; n++) {
		line = "| `" machine[n] "` |"
		for (i = 5; i <= count; i++)
			line = line " " ((names[i], machine[n]) in cell ? cell[names[i], machine[n]] : "-") " |"
		print line
	}
	print ""
}

function note_machine(name) { if (!(name in is_noted)) machine[++machines] = name; is_noted[name] = 1 }

# A line of the table as it was.
function keep(  i, name) {
	if ($2 == " `--unit` ") {
		for (i = 3; i < NF; i++) head[i] = substr($i, 2, length($i) - 2)
	} else if ($2 ~ /^ `/) {
		name = substr($2, 3, length($2) - 4)
		note_machine(name)
		for (i = 3; i < NF; i++)
			if (!(series(head[i]) in is_counted) && $i != " - ") {
				full[series(head[i])] = head[i]
				cell[series(head[i]), name] = substr($i, 2, length($i) - 2)
			}
	}
}

/^# deviations of: / { count = split($0, names, " "); next }
FILENAME ~ /machines.txt$/ {
	is_counted[series($1)] = 1
	full[series($1)] = $1
	note_machine($2)
	cell[series($1), $2] = $3 " + " $5
	next
}
/^<!-- counts / { print; is_inside = 1; FS = "|"; next }
/^<!-- end of counts -->/ { print_table(); is_inside = 0 }
is_inside { keep(); next }
{ print }
