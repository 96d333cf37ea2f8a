/* SPDX-License-Identifier: MIT */
/*
 * mutate FOLDER SOURCE... -- COMPILER-FLAG...: makes mutants of C sources, by rule: what clang's parser finds
 * in a function is made wrong in each way that fits. Writes FOLDER/SOURCE, in which a switch selects one of
 * them, and FOLDER/list, which tells what each of them is. SOURCES are named from here.
 */
#include <stdlib.h>
#include <string.h>

#include "tests/mutants/rules.h"

static bool is_expression(CXCursor cursor)
{
	return clang_isExpression(clang_getCursorKind(cursor));
}

static void walk(CXCursor cursor, bool is_written);

static void walk_children(CXCursor cursor, bool is_written)
{
	const struct children children = source_children(cursor);

	for (unsigned int i = 0; i < children.count; i++)
		walk(children.cursor[i], is_written);
}

static enum CXChildVisitResult walk_statement(CXCursor cursor, CXCursor parent, CXClientData data)
{
	struct range range;

	(void)parent;
	(void)data;
	if (source_range(cursor, &range) && source_is_for_testers(range))
		return CXChildVisit_Continue;
	if (is_expression(cursor) && clang_getCursorKind(cursor) != CXCursor_StmtExpr)
		mutate_statement(cursor);
	walk(cursor, false);
	return CXChildVisit_Continue;
}

/* Children from `first` on are statements, whether or not they stand in braces. */
static void walk_branches(CXCursor cursor, unsigned int first)
{
	struct children children = source_children(cursor);

	for (unsigned int i = first; i < children.count; i++)
		walk_statement(children.cursor[i], cursor, NULL);
}

/* What stands behind a deviation that is off is never reached: it is left alone. So is when to complain. */
static void walk_if(CXCursor cursor)
{
	const struct children parts = source_children(cursor);
	struct range branch;

	if (source_is_off(parts.cursor[0])) {
		walk_branches(cursor, 2);
		return;
	}
	if (!source_range(parts.cursor[1], &branch) || !source_is_for_testers(branch))
		mutate_condition(parts.cursor[0]);
	walk(parts.cursor[0], false);
	walk_branches(cursor, 1);
}

/* The same of `condition ? one : other`. */
static void walk_choice(CXCursor cursor)
{
	const struct children parts = source_children(cursor);

	if (!source_is_off(parts.cursor[0])) {
		mutate_condition(parts.cursor[0]);
		walk(parts.cursor[0], false);
		walk(parts.cursor[1], false);
	}
	walk(parts.cursor[2], false);
}

static bool is_assignment(CXCursor cursor, struct children *operands)
{
	struct range left, right;
	char op[4];

	*operands = source_children(cursor);
	if (operands->count != 2 || !source_range(operands->cursor[0], &left) ||
	    !source_range(operands->cursor[1], &right) || left.end > right.begin)
		return false;
	source_operator(left, right, op);
	return !strcmp(op, "=");
}

static void walk_expression(CXCursor cursor, struct range range, bool is_written)
{
	const enum CXCursorKind kind = clang_getCursorKind(cursor);
	const enum macro_use macro = source_macro(range);
	struct children operands;

	if (source_is_off(cursor))
		return;
	if (kind == CXCursor_CompoundAssignOperator ||
	    (kind == CXCursor_BinaryOperator && is_assignment(cursor, &operands))) {
		operands = source_children(cursor);
		walk(operands.cursor[0], true);
		walk(operands.cursor[1], false);
		return;
	}
	if (kind == CXCursor_UnaryOperator && strchr("&+-", sites_byte(range.begin)))
		is_written = true;
	if (kind == CXCursor_UnaryOperator && strchr("+-", sites_byte(range.end - 1)))
		is_written = true;
	if (macro == IS_MACRO && !is_written && !source_mentions_defect(range))
		mutate_fields(SITE_EXPRESSION, range, range);
	if (macro != NO_MACRO || kind == CXCursor_UnaryExpr) /* sizeof */
		return;
	if (!is_written && kind == CXCursor_BinaryOperator)
		mutate_binary(cursor, range);
	if (!is_written && kind == CXCursor_IntegerLiteral)
		mutate_literal(range);
	if (!is_written && kind == CXCursor_DeclRefExpr)
		mutate_name(cursor, range);
	if (!is_written && kind == CXCursor_MemberRefExpr)
		mutate_member(cursor, range);
	if (kind == CXCursor_ConditionalOperator)
		walk_choice(cursor);
	else
		walk_children(cursor, is_written);
}

static void walk(CXCursor cursor, bool is_written)
{
	const enum CXCursorKind kind = clang_getCursorKind(cursor);
	struct range range;

	switch (kind) {
	case CXCursor_CompoundStmt:
		clang_visitChildren(cursor, walk_statement, NULL);
		return;
	case CXCursor_IfStmt:
		walk_if(cursor);
		return;
	case CXCursor_CaseStmt:
		walk_branches(cursor, 1); /* its label stays */
		return;
	case CXCursor_VarDecl:
		if (clang_Cursor_getStorageClass(cursor) != CX_SC_Static) {
			CXCursor value = clang_Cursor_getVarDeclInitializer(cursor);

			if (!clang_Cursor_isNull(value))
				walk(value, false);
		}
		return;
	case CXCursor_ParenExpr:
	default:
		break;
	}
	if (!is_expression(cursor))
		walk_children(cursor, false);
	else if (source_range(cursor, &range))
		walk_expression(cursor, range, is_written);
}

/* ---- the file ---- */

static enum CXChildVisitResult find_functions(CXCursor cursor, CXCursor parent, CXClientData data)
{
	struct range range;
	struct children parts;

	(void)parent;
	(void)data;
	if (clang_getCursorKind(cursor) != CXCursor_FunctionDecl ||
	    !clang_isCursorDefinition(cursor) || !source_range(cursor, &range))
		return CXChildVisit_Continue;
	mutate_function(cursor);
	parts = source_children(cursor);
	mutate_entry(parts.cursor[parts.count - 1], clang_getCursorResultType(cursor));
	walk(parts.cursor[parts.count - 1], false);
	return CXChildVisit_Continue;
}

static char *read_all(const char *name, unsigned int *bytes)
{
	FILE *file = fopen(name, "rb");
	char *text;

	if (!file) {
		perror(name);
		exit(2);
	}
	fseek(file, 0, SEEK_END);
	*bytes = (unsigned int)ftell(file);
	rewind(file);
	text = malloc(*bytes + 1u);
	text[fread(text, 1, *bytes, file)] = 0;
	fclose(file);
	return text;
}

static FILE *create(const char *folder, const char *name)
{
	char path[512];
	FILE *file;

	snprintf(path, sizeof(path), "%s/%s", folder, name);
	file = fopen(path, "w");
	if (!file) {
		perror(path);
		exit(2);
	}
	return file;
}

int main(int argc, char **argv)
{
	CXIndex index = clang_createIndex(0, 1);
	FILE *list = create(argv[1], "list");
	unsigned int number = 1;
	int end = 2;

	while (end < argc && strcmp(argv[end], "--") != 0)
		end++;
	for (int i = 2; i < end; i++) {
		unsigned int bytes;
		char *text = read_all(argv[i], &bytes);
		FILE *out = create(argv[1], argv[i]);

		sites_open(argv[i], text, bytes);
		clang_visitChildren(source_parse(index, argv[i], argc - end - 1, argv + end + 1),
				    find_functions, NULL);
		number = sites_write(out, list, number);
		fclose(out);
		source_close();
	}
	fclose(list);
	return 0;
}
