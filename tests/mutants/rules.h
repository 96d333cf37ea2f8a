/* SPDX-License-Identifier: MIT */
/* The rules by which a source is made wrong: each adds the texts that it has for one thing. */
#pragma once

#include "tests/mutants/sites.h"
#include "tests/mutants/source.h"

/* The function in which the things are that come next; its name is kept. */
void mutate_function(CXCursor function);

/* Its first statement: it returns at once, with 0 or nothing. */
void mutate_entry(CXCursor body, CXType result);

/* Comparisons, terms, sums, masks and shifts. */
void mutate_binary(CXCursor cursor, struct range whole);
void mutate_condition(CXCursor condition);
void mutate_literal(struct range range);

/* A constant, a variable, a member: the next of its kind and type. */
void mutate_name(CXCursor cursor, struct range range);
void mutate_member(CXCursor cursor, struct range range);

/* The use of a macro with the name of a field among its words, in its place: the same with the next field. */
void mutate_fields(enum site_kind kind, struct range place, struct range use);

/* An expression that is a statement: it is removed. */
void mutate_statement(CXCursor cursor);
