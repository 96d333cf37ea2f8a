# SPDX-License-Identifier: MIT
# README.md with its sample of a log made anew. Files: a log of the default run; README.md. Of the log, the first line of each
# kind that README.md explains; what is too long for the page ends in "...".

function cut(text) {
	if (length(text) <= WIDTH) return text
	text = substr(text, 1, WIDTH - 4)
	sub(/ [^ ]*$/, "", text)
	return text " ..."
}

function take(kind) { if (!is_taken[kind]++) line[++lines] = $0 }

BEGIN { WIDTH = 92 }
FNR == NR { sub(/ \([0-9a-f]+(-dirty)?\),/, ",") } # the commit, which is another one in the next log
FNR == NR && /^(TAP version|1\.\.)/ { take($1) }
FNR == NR && /^# (vtdcheck|serial:|unit|platform:|tested:|not|verdict:|end) / { take($2) }
FNR == NR && /^# [0-9]+ skipped/ { take("skipped") }
FNR == NR && in_details { take(FNR); in_details = !/^  \.\.\./ }
FNR == NR && / - (dmar\.checksum|reg\.rtaddr-ssirwe|reg\.iqa)( |$)/ { take(FNR); in_details = /^not / }
FNR == NR { next }
/^<!-- end of log -->/ { is_inside = 0 }
!is_inside { print }
/^<!-- a log / { is_inside = 1; print ""; for (i = 1; i <= lines; i++) print "    " cut(line[i]); print "" }
