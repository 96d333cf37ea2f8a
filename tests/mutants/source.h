/* SPDX-License-Identifier: MIT */
/* One source as clang's parser sees it: where things are, and what they are made of. */
#pragma once

#include <clang-c/Index.h>
#include <stdbool.h>

/* Bytes of the source. */
struct range {
	unsigned int begin, end;
};

/* Reads a source with these flags for the compiler; ends the program if it does not compile. */
CXCursor source_parse(CXIndex index, const char *name, int flag_count, char **flags);
void source_close(void);

/* Where a thing stands; false if that is in another file. */
bool source_range(CXCursor cursor, struct range *range);

/* What a macro has to do with the range. */
enum macro_use { NO_MACRO, IS_MACRO, CUTS_MACRO };
enum macro_use source_macro(struct range range);

/* The text of the range, as sites_text(). */
const char *source_text(struct range range);
bool source_mentions_defect(struct range range);

/* False whenever the unit has no deviation: a defect, a misbehaviour, or a conjunction with one. */
bool source_is_off(CXCursor expression);

/* Counts and complaints are for who tests the model: no unit shows them. */
bool source_is_for_testers(struct range range);

/*
 * The field of a register or entry behind this one, among those whose name has the same first word; NULL if the
 * name is that of no field.
 */
const char *source_next_field(const char *name);

/* What a thing is made of, the first of it: operands and branches are never more. */
struct children {
	CXCursor cursor[16];
	unsigned int count;
};

struct children source_children(CXCursor cursor);

/* The operator between two operands: what is left there without blanks. */
void source_operator(struct range left, struct range right, char op[4]);

/* Copies a string of clang's; to be freed. */
char *source_copy(CXString string);
