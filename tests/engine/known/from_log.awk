# SPDX-License-Identifier: MIT
# Makes lines `known ID = PART` of the failures in a log: see docs/VMM.md.
/^# vtdcheck / { print "# Failures of: " substr($0, 3) }
/^# unit [0-9]+ [a-z]+ [0-9a-f]+ VER / {
	is_model[$3] = $4 != "real"
	if ($4 == "real") print "# " substr($0, 3)
}
/^not ok / {
	id = $5
	unit = $6 == "[unit" ? $7 + 0 : -1
	if (/ # TODO / || (unit in is_model && is_model[unit])) id = ""
}
/^ok / { id = "" }
/^  differs: / && id != "" {
	sub(/^  differs: *"/, "")
	sub(/"$/, "")
	gsub(/\\"/, "\"")
	gsub(/\\\\/, "\\")
	count = split($0, parts, /; /)
	for (i = 1; i <= count; i++)
		if (!seen[id, parts[i]]++) print "known " id " = " parts[i]
}
