# SPDX-License-Identifier: MIT
# awk -f tests/names.awk SOURCE...: fails if one name stands for two things where a reader, or the
# linker, could take one for the other.
#
# 1. The reference model and the driver are written by the same book, so their words are the same. No
#    function, type, enum constant or macro of tests/model/ may have a name that something elsewhere
#    has. A static function of the model may be named like one of another file in tests/: a file's
#    statics are its own.
# 2. A macro of tests/ that two files define must be of one kind: an initializer, a list in braces, a
#    text or a value, with parameters or without.
#
# It trusts clang-format for the shape of a definition, and leaves out macros that a .def file takes
# away again.

function note(name, kind, is_static)
{
	if (name in taken_away)
		return
	if (FILENAME ~ /^tests\/model\//) {
		if (!(name in model))
			model_names[++model_count] = name
		model[name] = FILENAME ": " kind " " name
		model_linked[name] = model_linked[name] || !is_static
		return
	}
	if (is_static && FILENAME ~ /^tests\//)
		own[name] = FILENAME ": " kind " " name
	else
		other[name] = FILENAME ": " kind " " name
}

function kind_of(text, parameters)
{
	sub(/^[ \t]+/, "", text)
	if (text ~ /^\./)
		text = "initializer"
	else if (text ~ /^{/)
		text = "list in braces"
	else if (text ~ /^"/)
		text = "text"
	else
		text = "value"
	return text (parameters ? " with parameters" : "")
}

# The kind shows in the first line that has text.
function note_macro(text)
{
	kind = kind_of(text, macro_has_parameters)
	if (FILENAME ~ /^tests\// && !(macro in taken_away)) {
		if (macro in macro_kind && macro_kind[macro] != kind) {
			print FILENAME ": macro " macro " is a " kind ", and in " macro_file[macro] \
				" a " macro_kind[macro]
			failed = 1
		}
		macro_kind[macro] = kind
		macro_file[macro] = FILENAME
	}
	macro = ""
}

function constants(text, n, parts, i)
{
	sub(/}.*/, "", text)
	n = split(text, parts, ",")
	for (i = 1; i <= n; i++)
		if (match(parts[i], /[A-Z][A-Z0-9_a-z]*/))
			note(substr(parts[i], RSTART, RLENGTH), "constant", 0)
}

FNR == 1 { in_enum = 0; macro = ""; before = "" }

FILENAME ~ /\.def$/ {
	if ($1 == "#undef")
		taken_away[$2] = 1
	next
}

macro != "" { note_macro($0); next }

/^#define / {
	macro = $2
	sub(/\(.*/, "", macro)
	text = substr($0, index($0, $2) + length(macro))
	macro_has_parameters = text ~ /^\(/
	note(macro, "macro", 0)
	if (macro_has_parameters && index(text, ")"))
		text = substr(text, index(text, ")") + 1)
	if (text ~ /^[ \t]*\\$/)
		next
	note_macro(text)
	next
}

/^(struct|union|enum) [a-z_0-9]+ {/ { note($2, $1, 0) }

/^enum [a-z_0-9 ]*{/ {
	in_enum = $0 !~ /}/
	sub(/^[^{]*{/, "")
	constants($0)
	next
}
in_enum {
	if (/^}/)
		in_enum = 0
	else if (/^\t[A-Z]/)
		constants($1)
	next
}

# A function: its name stands before the first parenthesis of a line that begins at the margin.
/^[a-z][a-z_0-9A-Z *]*\(/ && !/^(return|typedef|else|if) / {
	text = substr($0, 1, index($0, "(") - 1)
	if (text !~ / /)
		text = before " " text
	is_static = text ~ /^static /
	name = text
	sub(/.*[ *]/, "", name)
	if (text ~ /[ *]/)
		note(name, "function", is_static)
}
{ before = $0 }

END {
	for (i = 1; i <= model_count; i++) {
		name = model_names[i]
		twin = name in other ? other[name] : name in own && model_linked[name] ? own[name] : ""
		if (twin != "") {
			print model[name] " stands elsewhere, too: " twin
			failed = 1
		}
	}
	exit failed
}
