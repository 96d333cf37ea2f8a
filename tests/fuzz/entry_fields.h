/* SPDX-License-Identifier: MIT */
/*
 * The fields of every table entry by name, as they were typed from the book for the host tests: what is added
 * there is fuzzed by itself.
 */
#pragma once

#include "arch/bits.h"
#include "tests/engine/random.h"

enum entry_kind {
	ENTRY_ROOT,
	ENTRY_SM_ROOT,
	ENTRY_CONTEXT,
	ENTRY_SM_CONTEXT,
	ENTRY_PASID_DIR,
	ENTRY_PASID,
	ENTRY_FIRST_STAGE,
	ENTRY_SECOND_STAGE,
	ENTRY_INTERRUPT,
	ENTRY_POSTED,	  /* posted interrupt descriptor */
	ENTRY_DESCRIPTOR, /* and type: of the invalidation queue */
	ENTRY_KINDS = ENTRY_DESCRIPTOR + 16,
};

/* How many bits an entry has. */
unsigned int entry_bits(enum entry_kind kind);

/* "SS_", what the names of its fields begin with. */
const char *entry_prefix(enum entry_kind kind);

/* A named field, within one 64-bit word. */
struct field entry_random_field(enum entry_kind kind, struct random *random);

struct named_field {
	const char *name;
	struct field field;
};

/* Of one register, in the order of the book. */
struct register_fields {
	const struct named_field *first;
	unsigned int count;
};

/* Those of "FSTS" are "FSTS_IQE" and its neighbours; none: a count of 0. Reads the whole list: keep what it says. */
struct register_fields register_fields(const char *name);

/* The name of the smallest field that holds this bit, without the prefix; NULL: it is in none. */
const char *entry_field_name(enum entry_kind kind, unsigned int bit, struct field *field);
