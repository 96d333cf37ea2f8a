/* SPDX-License-Identifier: MIT */
#include "tests/mutants/rules.h"

#include <stdlib.h>
#include <string.h>

static const char *function = "";
static CXCursor function_cursor;

void mutate_function(CXCursor cursor)
{
	function = source_copy(clang_getCursorSpelling(cursor));
	function_cursor = cursor;
}

/* ---- rules for expressions ---- */

static void change(struct range range, const char *rule, const char *text)
{
	sites_add(SITE_EXPRESSION, range.begin, range.end, function, rule, "%s", text);
}

static void mutate_terms(struct range whole, struct range left, struct range right)
{
	if (!source_mentions_defect(right))
		sites_add(SITE_EXPRESSION, whole.begin, whole.end, function, "term dropped",
			  "!!(%s)", source_text(left));
	if (!source_mentions_defect(left))
		sites_add(SITE_EXPRESSION, whole.begin, whole.end, function, "term dropped",
			  "!!(%s)", source_text(right));
}

void mutate_binary(CXCursor cursor, struct range whole)
{
	static const struct {
		const char *op, *other, *rule;
	} swaps[] = {
		{ "<", "<=", "comparison off by one" },
		{ "<=", "<", "comparison off by one" },
		{ ">", ">=", "comparison off by one" },
		{ ">=", ">", "comparison off by one" },
		{ "==", "!=", "comparison negated" },
		{ "!=", "==", "comparison negated" },
		{ "+", "-", "sign" },
		{ "-", "+", "sign" },
	};
	struct children operands = source_children(cursor);
	struct range left, right;
	char op[4];

	if (operands.count != 2 || !source_range(operands.cursor[0], &left) ||
	    !source_range(operands.cursor[1], &right) || left.end > right.begin)
		return;
	source_operator(left, right, op);
	for (unsigned int i = 0; i < sizeof(swaps) / sizeof(swaps[0]); i++)
		if (!strcmp(op, swaps[i].op))
			sites_add(SITE_EXPRESSION, whole.begin, whole.end, function, swaps[i].rule,
				  "(%s) %s (%s)", source_text(left), swaps[i].other,
				  source_text(right));
	if (!strcmp(op, "&&") || !strcmp(op, "||"))
		mutate_terms(whole, left, right);
	if (!strcmp(op, "<<") || !strcmp(op, ">>"))
		sites_add(SITE_EXPRESSION, whole.begin, whole.end, function, "shift off by one",
			  "(%s) %s ((%s) + 1)", source_text(left), op, source_text(right));
	if (!strcmp(op, "&") || !strcmp(op, "%"))
		change(whole, "mask dropped", source_text(left));
	if (!strcmp(op, "|") || !strcmp(op, "^")) {
		change(whole, "half dropped", source_text(left));
		change(whole, "half dropped", source_text(right));
	}
}

/* Its negation is the other comparison, which has a rule of its own. */
static bool is_equality(CXCursor cursor)
{
	struct children operands = source_children(cursor);
	struct range left, right;
	char op[4];

	if (clang_getCursorKind(cursor) != CXCursor_BinaryOperator || operands.count != 2 ||
	    !source_range(operands.cursor[0], &left) || !source_range(operands.cursor[1], &right))
		return false;
	source_operator(left, right, op);
	return !strcmp(op, "==") || !strcmp(op, "!=");
}

void mutate_condition(CXCursor condition)
{
	struct range range;

	if (!source_range(condition, &range) || source_macro(range) == CUTS_MACRO ||
	    is_equality(condition))
		return;
	sites_add(SITE_EXPRESSION, range.begin, range.end, function, "condition negated", "!(%s)",
		  source_text(range));
}

/* ---- rules for names ---- */

struct names {
	CXCursor wanted; /* whose neighbour is looked for */
	CXType type;
	CXString first, next;
	bool is_found;
};

static bool is_set(CXString string)
{
	return clang_getCString(string) && *clang_getCString(string);
}

/* Two names of one number. */
static bool is_same_constant(CXCursor a, CXCursor b)
{
	return clang_getCursorKind(a) == CXCursor_EnumConstantDecl && !clang_equalCursors(a, b) &&
	       clang_getEnumConstantDeclValue(a) == clang_getEnumConstantDeclValue(b);
}

/* The one behind the wanted one among those of its kind and type; else the first of them. */
static enum CXChildVisitResult find_neighbour(CXCursor cursor, CXCursor parent, CXClientData data)
{
	struct names *names = data;

	(void)parent;
	if (clang_getCursorKind(cursor) != clang_getCursorKind(names->wanted) ||
	    !clang_equalTypes(clang_getCanonicalType(clang_getCursorType(cursor)), names->type) ||
	    is_same_constant(cursor, names->wanted))
		return CXChildVisit_Continue;
	if (clang_equalCursors(cursor, names->wanted)) {
		names->is_found = true;
	} else if (names->is_found) {
		names->next = clang_getCursorSpelling(cursor);
		return CXChildVisit_Break;
	} else if (!is_set(names->first)) {
		names->first = clang_getCursorSpelling(cursor);
	}
	return CXChildVisit_Continue;
}

static const char *neighbour_of(CXCursor wanted, CXCursor among)
{
	struct names names = {
		.wanted = wanted,
		.type = clang_getCanonicalType(clang_getCursorType(wanted)),
	};

	clang_visitChildren(among, find_neighbour, &names);
	return clang_getCString(is_set(names.next) ? names.next : names.first);
}

void mutate_name(CXCursor cursor, struct range range)
{
	CXCursor named = clang_getCursorReferenced(cursor);
	enum CXCursorKind kind = clang_getCursorKind(named);
	const char *other = NULL;

	if (kind == CXCursor_EnumConstantDecl)
		other = neighbour_of(named, clang_getCursorSemanticParent(named));
	else if (kind == CXCursor_ParmDecl &&
		 clang_getCanonicalType(clang_getCursorType(named)).kind != CXType_Pointer)
		other = neighbour_of(named, function_cursor);
	if (other && strncmp(source_text(range), "MODEL_DEFECT", 12) != 0)
		change(range,
		       kind == CXCursor_ParmDecl ? "wrong variable" : "neighbouring constant",
		       other);
}

void mutate_member(CXCursor cursor, struct range range)
{
	CXCursor named = clang_getCursorReferenced(cursor);
	struct children operands = source_children(cursor);
	struct range base;
	const char *other;

	if (clang_getCursorKind(named) != CXCursor_FieldDecl || !operands.count ||
	    !source_range(operands.cursor[0], &base))
		return;
	other = neighbour_of(named, clang_getCursorSemanticParent(named));
	if (other)
		sites_add(SITE_EXPRESSION, range.begin, range.end, function, "neighbouring field",
			  "%s%s%s", source_text(base), sites_byte(base.end) == '.' ? "." : "->",
			  other);
}

void mutate_fields(enum site_kind kind, struct range place, struct range use)
{
	const char *text = source_text(use);
	char name[64];

	for (const char *at = text; *at;) {
		size_t length = strspn(at, "ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_");
		const char *other;

		if (!length || length >= sizeof(name) || !strncmp(at, "MODEL_DEFECT", 12)) {
			at += length ? length : 1;
			continue;
		}
		snprintf(name, sizeof(name), "%.*s", (int)length, at);
		other = source_next_field(name);
		if (other)
			sites_add(kind, place.begin, place.end, function, "neighbouring field",
				  "%.*s%s%s%s", (int)(at - text), text, other, at + length,
				  kind == SITE_STATEMENT ? ";" : "");
		at += length;
	}
}

/* ---- rules for statements ---- */

/* The range with the semicolon behind it; false if there is none. */
static bool with_semicolon(struct range *range)
{
	while (strchr(" \t\n", sites_byte(range->end)) && sites_byte(range->end))
		range->end++;
	return sites_byte(range->end++) == ';';
}

void mutate_statement(CXCursor cursor)
{
	struct range range, use;

	if (!source_range(cursor, &range) || source_mentions_defect(range))
		return;
	use = range;
	if (!with_semicolon(&range))
		return;
	sites_add(SITE_STATEMENT, range.begin, range.end, function, "statement removed", ";");
	if (source_macro(use) == IS_MACRO)
		mutate_fields(SITE_STATEMENT, range, use);
}

void mutate_entry(CXCursor body, CXType result)
{
	struct range range;
	char *type = source_copy(clang_getTypeSpelling(result));

	if (!source_range(body, &range))
		return;
	if (result.kind == CXType_Void)
		sites_add(SITE_INSERTION, range.begin + 1, range.begin + 1, function,
			  "early return", "return;");
	else if (clang_getCanonicalType(result).kind != CXType_Record)
		sites_add(SITE_INSERTION, range.begin + 1, range.begin + 1, function,
			  "early return", "return (%s)0;", type);
	free(type);
}

void mutate_literal(struct range range)
{
	sites_add(SITE_EXPRESSION, range.begin, range.end, function, "constant off by one",
		  "%s + 1", source_text(range));
}
