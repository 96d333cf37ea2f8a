/* SPDX-License-Identifier: MIT */
/*
 * mutate FOLDER SOURCE... -- COMPILER-FLAG...: makes mutants of C sources, by rule: what clang's parser finds
 * in a function is made wrong in each way that fits. Writes FOLDER/SOURCE, in which a switch selects one of
 * them, and FOLDER/list, which tells what each of them is. SOURCES are named from here.
 */
#include <clang-c/Index.h>
#include <stdlib.h>
#include <string.h>

#include "tests/mutants/sites.h"

enum { NAMES_MAX = 400, MACROS_MAX = 4000, DEPTH_MAX = 200 };

struct range {
	unsigned int begin, end;
};

static CXTranslationUnit unit;
static CXFile main_file;
static const char *function = "";
static CXCursor function_cursor;

/* Places where a macro is used; and the macros that are fields "hi, lo", in order. */
static struct range macros[MACROS_MAX];
static unsigned int macro_count;
static char *fields[NAMES_MAX];
static unsigned int field_count;

/* ---- where things are ---- */

static bool offset_in_main(CXSourceLocation location, unsigned int *offset)
{
	CXFile file;

	clang_getFileLocation(location, &file, NULL, NULL, offset);
	return file && clang_File_isEqual(file, main_file);
}

static bool range_of(CXCursor cursor, struct range *range)
{
	CXSourceRange extent = clang_getCursorExtent(cursor);

	return offset_in_main(clang_getRangeStart(extent), &range->begin) &&
	       offset_in_main(clang_getRangeEnd(extent), &range->end) && range->begin < range->end;
}

/* 0: no macro is used there; 1: exactly one use; 2: within one, or across one's border. */
static int macro_at(struct range range)
{
	for (unsigned int i = 0; i < macro_count; i++) {
		const struct range *macro = &macros[i];

		if (macro->begin == range.begin && macro->end == range.end)
			return 1;
		if (macro->begin <= range.begin && range.begin < macro->end)
			return macro->end < range.end && macro->begin == range.begin ? 0 : 2;
		if (macro->begin < range.end && range.end < macro->end)
			return 2;
	}
	return 0;
}

static const char *text_of(struct range range)
{
	return sites_text(range.begin, range.end);
}

static bool mentions_defect(struct range range)
{
	return strstr(text_of(range), "defect(");
}

static char *copy_of(CXString string)
{
	char *copy = strdup(clang_getCString(string));

	clang_disposeString(string);
	return copy;
}

/* ---- children ---- */

struct children {
	CXCursor cursor[16];
	unsigned int count;
};

static enum CXChildVisitResult collect(CXCursor cursor, CXCursor parent, CXClientData data)
{
	struct children *children = data;

	(void)parent;
	if (children->count < 16)
		children->cursor[children->count++] = cursor;
	return CXChildVisit_Continue;
}

static struct children children_of(CXCursor cursor)
{
	struct children children = { .count = 0 };

	clang_visitChildren(cursor, collect, &children);
	return children;
}

static bool is_expression(CXCursor cursor)
{
	return clang_isExpression(clang_getCursorKind(cursor));
}

/* ---- rules for expressions ---- */

static void change(struct range range, const char *rule, const char *text)
{
	sites_add(SITE_EXPRESSION, range.begin, range.end, function, rule, "%s", text);
}

/* The operator between two operands: what is left there without blanks. */
static void operator_between(struct range left, struct range right, char op[4])
{
	unsigned int length = 0;

	for (unsigned int at = left.end; at < right.begin && length < 3; at++)
		if (strchr("<>=!&|^+-*/%", sites_byte(at)) && sites_byte(at))
			op[length++] = sites_byte(at);
	op[length] = 0;
}

static void mutate_terms(struct range whole, struct range left, struct range right)
{
	if (!mentions_defect(right))
		sites_add(SITE_EXPRESSION, whole.begin, whole.end, function, "term dropped",
			  "!!(%s)", text_of(left));
	if (!mentions_defect(left))
		sites_add(SITE_EXPRESSION, whole.begin, whole.end, function, "term dropped",
			  "!!(%s)", text_of(right));
}

static void mutate_binary(CXCursor cursor, struct range whole)
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
	struct children operands = children_of(cursor);
	struct range left, right;
	char op[4];

	if (operands.count != 2 || !range_of(operands.cursor[0], &left) ||
	    !range_of(operands.cursor[1], &right) || left.end > right.begin)
		return;
	operator_between(left, right, op);
	for (unsigned int i = 0; i < sizeof(swaps) / sizeof(swaps[0]); i++)
		if (!strcmp(op, swaps[i].op))
			sites_add(SITE_EXPRESSION, whole.begin, whole.end, function, swaps[i].rule,
				  "(%s) %s (%s)", text_of(left), swaps[i].other, text_of(right));
	if (!strcmp(op, "&&") || !strcmp(op, "||"))
		mutate_terms(whole, left, right);
	if (!strcmp(op, "<<") || !strcmp(op, ">>"))
		sites_add(SITE_EXPRESSION, whole.begin, whole.end, function, "shift off by one",
			  "(%s) %s ((%s) + 1)", text_of(left), op, text_of(right));
	if (!strcmp(op, "&") || !strcmp(op, "%"))
		change(whole, "mask dropped", text_of(left));
	if (!strcmp(op, "|") || !strcmp(op, "^")) {
		change(whole, "half dropped", text_of(left));
		change(whole, "half dropped", text_of(right));
	}
}

/* Its negation is the other comparison, which has a rule of its own. */
static bool is_equality(CXCursor cursor)
{
	struct children operands = children_of(cursor);
	struct range left, right;
	char op[4];

	if (clang_getCursorKind(cursor) != CXCursor_BinaryOperator || operands.count != 2 ||
	    !range_of(operands.cursor[0], &left) || !range_of(operands.cursor[1], &right))
		return false;
	operator_between(left, right, op);
	return !strcmp(op, "==") || !strcmp(op, "!=");
}

static void mutate_condition(CXCursor condition)
{
	struct range range;

	if (!range_of(condition, &range) || macro_at(range) == 2 || mentions_defect(range) ||
	    is_equality(condition))
		return;
	sites_add(SITE_EXPRESSION, range.begin, range.end, function, "condition negated", "!(%s)",
		  text_of(range));
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

/* The one behind the wanted one among those of its kind and type; else the first of them. */
static enum CXChildVisitResult find_neighbour(CXCursor cursor, CXCursor parent, CXClientData data)
{
	struct names *names = data;

	(void)parent;
	if (clang_getCursorKind(cursor) != clang_getCursorKind(names->wanted) ||
	    !clang_equalTypes(clang_getCanonicalType(clang_getCursorType(cursor)), names->type))
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

static void mutate_name(CXCursor cursor, struct range range)
{
	CXCursor named = clang_getCursorReferenced(cursor);
	enum CXCursorKind kind = clang_getCursorKind(named);
	const char *other = NULL;

	if (kind == CXCursor_EnumConstantDecl)
		other = neighbour_of(named, clang_getCursorSemanticParent(named));
	else if (kind == CXCursor_ParmDecl &&
		 clang_getCanonicalType(clang_getCursorType(named)).kind != CXType_Pointer)
		other = neighbour_of(named, function_cursor);
	if (other && strncmp(text_of(range), "MODEL_DEFECT", 12) != 0)
		change(range,
		       kind == CXCursor_ParmDecl ? "wrong variable" : "neighbouring constant",
		       other);
}

static void mutate_member(CXCursor cursor, struct range range)
{
	CXCursor named = clang_getCursorReferenced(cursor);
	struct children operands = children_of(cursor);
	struct range base;
	const char *other;

	if (clang_getCursorKind(named) != CXCursor_FieldDecl || !operands.count ||
	    !range_of(operands.cursor[0], &base))
		return;
	other = neighbour_of(named, clang_getCursorSemanticParent(named));
	if (other)
		sites_add(SITE_EXPRESSION, range.begin, range.end, function, "neighbouring field",
			  "%s%s%s", text_of(base), sites_byte(base.end) == '.' ? "." : "->", other);
}

/* The field of a register or entry behind this one, among those with the same first word. */
static const char *next_field(const char *name)
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

/* The use of a macro with the name of a field among its words, in its place: the same with the next field. */
static void mutate_fields(enum site_kind kind, struct range place, struct range use)
{
	const char *text = text_of(use);
	char name[64];

	for (const char *at = text; *at;) {
		size_t length = strspn(at, "ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_");
		const char *other;

		if (!length || length >= sizeof(name) || !strncmp(at, "MODEL_DEFECT", 12)) {
			at += length ? length : 1;
			continue;
		}
		snprintf(name, sizeof(name), "%.*s", (int)length, at);
		other = next_field(name);
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

static void mutate_statement(CXCursor cursor)
{
	struct range range, use;

	if (!range_of(cursor, &range) || mentions_defect(range))
		return;
	use = range;
	if (!with_semicolon(&range))
		return;
	sites_add(SITE_STATEMENT, range.begin, range.end, function, "statement removed", ";");
	if (macro_at(use) == 1)
		mutate_fields(SITE_STATEMENT, range, use);
}

static void mutate_entry(CXCursor body, CXType result)
{
	struct range range;
	char *type = copy_of(clang_getTypeSpelling(result));

	if (!range_of(body, &range))
		return;
	if (result.kind == CXType_Void)
		sites_add(SITE_INSERTION, range.begin + 1, range.begin + 1, function,
			  "early return", "return;");
	else if (clang_getCanonicalType(result).kind != CXType_Record)
		sites_add(SITE_INSERTION, range.begin + 1, range.begin + 1, function,
			  "early return", "return (%s)0;", type);
	free(type);
}

/* ---- the walk ---- */

static void walk(CXCursor cursor, bool is_written);

static void walk_children(CXCursor cursor, bool is_written)
{
	struct children children = { .count = 0 };

	/* More than fit are never operands: statements of a block are visited one by one. */
	clang_visitChildren(cursor, collect, &children);
	for (unsigned int i = 0; i < children.count; i++)
		walk(children.cursor[i], is_written);
}

static enum CXChildVisitResult walk_statement(CXCursor cursor, CXCursor parent, CXClientData data)
{
	(void)parent;
	(void)data;
	if (is_expression(cursor) && clang_getCursorKind(cursor) != CXCursor_StmtExpr)
		mutate_statement(cursor);
	walk(cursor, false);
	return CXChildVisit_Continue;
}

/* Children from `first` on are statements, whether or not they stand in braces. */
static void walk_branches(CXCursor cursor, unsigned int first)
{
	struct children children = children_of(cursor);

	for (unsigned int i = first; i < children.count; i++)
		walk_statement(children.cursor[i], cursor, NULL);
}

static bool is_assignment(CXCursor cursor, struct children *operands)
{
	struct range left, right;
	char op[4];

	*operands = children_of(cursor);
	if (operands->count != 2 || !range_of(operands->cursor[0], &left) ||
	    !range_of(operands->cursor[1], &right) || left.end > right.begin)
		return false;
	operator_between(left, right, op);
	return !strcmp(op, "=");
}

static void walk_expression(CXCursor cursor, struct range range, bool is_written)
{
	const enum CXCursorKind kind = clang_getCursorKind(cursor);
	const int macro = macro_at(range);
	struct children operands;

	if (kind == CXCursor_CompoundAssignOperator ||
	    (kind == CXCursor_BinaryOperator && is_assignment(cursor, &operands))) {
		operands = children_of(cursor);
		walk(operands.cursor[0], true);
		walk(operands.cursor[1], false);
		return;
	}
	if (kind == CXCursor_UnaryOperator && strchr("&+-", sites_byte(range.begin)))
		is_written = true;
	if (kind == CXCursor_UnaryOperator && strchr("+-", sites_byte(range.end - 1)))
		is_written = true;
	if (macro == 1 && !is_written && !mentions_defect(range))
		mutate_fields(SITE_EXPRESSION, range, range);
	if (macro || kind == CXCursor_UnaryExpr) /* sizeof */
		return;
	if (!is_written && kind == CXCursor_BinaryOperator)
		mutate_binary(cursor, range);
	if (!is_written && kind == CXCursor_IntegerLiteral)
		sites_add(SITE_EXPRESSION, range.begin, range.end, function, "constant off by one",
			  "%s + 1", text_of(range));
	if (!is_written && kind == CXCursor_DeclRefExpr)
		mutate_name(cursor, range);
	if (!is_written && kind == CXCursor_MemberRefExpr)
		mutate_member(cursor, range);
	if (kind == CXCursor_ConditionalOperator)
		mutate_condition(children_of(cursor).cursor[0]);
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
		mutate_condition(children_of(cursor).cursor[0]);
		walk(children_of(cursor).cursor[0], false);
		walk_branches(cursor, 1);
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
	else if (range_of(cursor, &range))
		walk_expression(cursor, range, is_written);
}

/* ---- the file ---- */

static enum CXChildVisitResult find_macros(CXCursor cursor, CXCursor parent, CXClientData data)
{
	struct range range;

	(void)parent;
	(void)data;
	if (clang_getCursorKind(cursor) == CXCursor_MacroExpansion && range_of(cursor, &range) &&
	    macro_count < MACROS_MAX)
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
	if (clang_getCursorKind(cursor) != CXCursor_MacroDefinition || field_count == NAMES_MAX ||
	    clang_Cursor_isMacroBuiltin(cursor))
		return CXChildVisit_Continue;
	clang_tokenize(unit, clang_getCursorExtent(cursor), &tokens, &count);
	if (count == 4 && clang_getTokenKind(tokens[1]) == CXToken_Literal &&
	    clang_getTokenKind(tokens[3]) == CXToken_Literal)
		fields[field_count++] = copy_of(clang_getCursorSpelling(cursor));
	clang_disposeTokens(unit, tokens, count);
	return CXChildVisit_Continue;
}

static enum CXChildVisitResult find_functions(CXCursor cursor, CXCursor parent, CXClientData data)
{
	struct range range;
	struct children parts;

	(void)parent;
	(void)data;
	if (clang_getCursorKind(cursor) != CXCursor_FunctionDecl ||
	    !clang_isCursorDefinition(cursor) || !range_of(cursor, &range))
		return CXChildVisit_Continue;
	function = copy_of(clang_getCursorSpelling(cursor));
	function_cursor = cursor;
	parts = children_of(cursor);
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

static void parse(CXIndex index, const char *source, int flag_count, char **flags)
{
	unit = clang_parseTranslationUnit(index, source, (const char *const *)flags, flag_count,
					  NULL, 0, CXTranslationUnit_DetailedPreprocessingRecord);
	if (!unit || clang_getNumDiagnostics(unit)) {
		fprintf(stderr, "mutate: %s does not compile\n", source);
		exit(2);
	}
	main_file = clang_getFile(unit, source);
	macro_count = field_count = 0;
	clang_visitChildren(clang_getTranslationUnitCursor(unit), find_macros, NULL);
	clang_visitChildren(clang_getTranslationUnitCursor(unit), find_fields, NULL);
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
		parse(index, argv[i], argc - end - 1, argv + end + 1);
		clang_visitChildren(clang_getTranslationUnitCursor(unit), find_functions, NULL);
		number = sites_write(out, list, number);
		fclose(out);
		clang_disposeTranslationUnit(unit);
	}
	fclose(list);
	return 0;
}
