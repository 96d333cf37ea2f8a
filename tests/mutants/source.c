/* SPDX-License-Identifier: MIT */
#include "tests/mutants/source.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tests/mutants/sites.h"

enum { FIELDS_MAX = 400, MACROS_MAX = 4000 };

static CXTranslationUnit unit;
static CXFile main_file;

/* Places where a macro is used; and the macros that are fields "hi, lo", in order. */
static struct range macros[MACROS_MAX];
static unsigned int macro_count;
static char *fields[FIELDS_MAX];
static unsigned int field_count;

static bool offset_in_main(CXSourceLocation location, unsigned int *offset)
{
	CXFile file;

	clang_getFileLocation(location, &file, NULL, NULL, offset);
	return file && clang_File_isEqual(file, main_file);
}

bool source_range(CXCursor cursor, struct range *range)
{
	CXSourceRange extent = clang_getCursorExtent(cursor);

	return offset_in_main(clang_getRangeStart(extent), &range->begin) &&
	       offset_in_main(clang_getRangeEnd(extent), &range->end) && range->begin < range->end;
}

enum macro_use source_macro(struct range range)
{
	for (unsigned int i = 0; i < macro_count; i++) {
		const struct range *macro = &macros[i];

		if (macro->begin == range.begin && macro->end == range.end)
			return IS_MACRO;
		if (macro->begin <= range.begin && range.begin < macro->end)
			return macro->end < range.end && macro->begin == range.begin ? NO_MACRO
										     : CUTS_MACRO;
		if (macro->begin < range.end && range.end < macro->end)
			return CUTS_MACRO;
	}
	return NO_MACRO;
}

const char *source_text(struct range range)
{
	return sites_text(range.begin, range.end);
}

bool source_mentions_defect(struct range range)
{
	return strstr(source_text(range), "defect(") || strstr(source_text(range), "misbehaviour.");
}

bool source_is_for_testers(struct range range)
{
	static const char *const beginnings[] = { "unit->counts.", "mu_complain(", "mu_watch_" };
	const char *text = source_text(range);

	for (unsigned int i = 0; i < sizeof(beginnings) / sizeof(beginnings[0]); i++)
		if (!strncmp(text, beginnings[i], strlen(beginnings[i])))
			return true;
	return false;
}

char *source_copy(CXString string)
{
	char *copy = strdup(clang_getCString(string));

	clang_disposeString(string);
	return copy;
}

static enum CXChildVisitResult collect(CXCursor cursor, CXCursor parent, CXClientData data)
{
	struct children *children = data;

	(void)parent;
	if (children->count < 16)
		children->cursor[children->count++] = cursor;
	return CXChildVisit_Continue;
}

struct children source_children(CXCursor cursor)
{
	struct children children = { .count = 0 };

	clang_visitChildren(cursor, collect, &children);
	return children;
}

void source_operator(struct range left, struct range right, char op[4])
{
	unsigned int length = 0;

	for (unsigned int at = left.end; at < right.begin && length < 3; at++)
		if (strchr("<>=!&|^+-*/%", sites_byte(at)) && sites_byte(at))
			op[length++] = sites_byte(at);
	op[length] = 0;
}

bool source_is_off(CXCursor expression)
{
	const struct children parts = source_children(expression);
	struct range whole, left, right;
	char op[4] = "";

	if (!source_range(expression, &whole) || !source_mentions_defect(whole))
		return false;
	if (source_macro(whole) == IS_MACRO)
		return !strncmp(source_text(whole), "defect(", 7);
	if (clang_getCursorKind(expression) == CXCursor_MemberRefExpr)
		return true;
	if (parts.count == 2 && source_range(parts.cursor[0], &left) &&
	    source_range(parts.cursor[1], &right) && left.end <= right.begin)
		source_operator(left, right, op);
	if (!strcmp(op, "&&"))
		return source_is_off(parts.cursor[0]) || source_is_off(parts.cursor[1]);
	if (!strcmp(op, "||"))
		return source_is_off(parts.cursor[0]) && source_is_off(parts.cursor[1]);
	return parts.count == 1 && clang_getCursorKind(expression) != CXCursor_UnaryOperator &&
	       source_is_off(parts.cursor[0]);
}

const char *source_next_field(const char *name)
{
	const char *first = NULL;
	size_t prefix = strcspn(name, "_") + 1;
	bool is_found = false;

	for (unsigned int i = 0; i < field_count; i++) {
		if (strncmp(fields[i], name, prefix) != 0)
			continue;
		if (!strcmp(fields[i], name))
			is_found = true;
		else if (is_found)
			return fields[i];
		else if (!first)
			first = fields[i];
	}
	return is_found ? first : NULL;
}

static enum CXChildVisitResult find_macros(CXCursor cursor, CXCursor parent, CXClientData data)
{
	struct range range;

	(void)parent;
	(void)data;
	if (clang_getCursorKind(cursor) == CXCursor_MacroExpansion &&
	    source_range(cursor, &range) && macro_count < MACROS_MAX)
		macros[macro_count++] = range;
	return CXChildVisit_Continue;
}

/* #define NAME hi, lo: four tokens. */
static enum CXChildVisitResult find_fields(CXCursor cursor, CXCursor parent, CXClientData data)
{
	CXToken *tokens;
	unsigned int count;

	(void)parent;
	(void)data;
	if (clang_getCursorKind(cursor) != CXCursor_MacroDefinition || field_count == FIELDS_MAX ||
	    clang_Cursor_isMacroBuiltin(cursor))
		return CXChildVisit_Continue;
	clang_tokenize(unit, clang_getCursorExtent(cursor), &tokens, &count);
	if (count == 4 && clang_getTokenKind(tokens[1]) == CXToken_Literal &&
	    clang_getTokenKind(tokens[3]) == CXToken_Literal)
		fields[field_count++] = source_copy(clang_getCursorSpelling(cursor));
	clang_disposeTokens(unit, tokens, count);
	return CXChildVisit_Continue;
}

CXCursor source_parse(CXIndex index, const char *name, int flag_count, char **flags)
{
	unit = clang_parseTranslationUnit(index, name, (const char *const *)flags, flag_count, NULL,
					  0, CXTranslationUnit_DetailedPreprocessingRecord);
	if (!unit || clang_getNumDiagnostics(unit)) {
		fprintf(stderr, "mutate: %s does not compile\n", name);
		exit(2);
	}
	main_file = clang_getFile(unit, name);
	macro_count = field_count = 0;
	clang_visitChildren(clang_getTranslationUnitCursor(unit), find_macros, NULL);
	clang_visitChildren(clang_getTranslationUnitCursor(unit), find_fields, NULL);
	return clang_getTranslationUnitCursor(unit);
}

void source_close(void)
{
	clang_disposeTranslationUnit(unit);
}
