/* SPDX-License-Identifier: MIT */
/*
 * Registers by their names in the book, as they were typed from it for the host tests: what is added there is written
 * and compared by itself.
 */
#pragma once

#include "tests/engine/random.h"
#include "tests/fuzz/shadow.h"

/* What of them a difference is told by. */
struct register_difference {
	const char *name; /* NULL: none */
	unsigned int seen, due;
	bool is_wide; /* numbers say nothing */
};

enum registers_asked {
	REGISTERS_MOVING, /* what may change by itself */
	REGISTERS_THERE,  /* what the unit has, but for the many that are alike */
	REGISTERS_EVERY,  /* those, and what the unit lacks */
};

/*
 * Compares them with the shadow, and the register at `offset`, if it is one. Of a real unit only what the book decides.
 * Waits while there is a difference.
 */
struct register_difference registers_compare(struct shadow *shadow, uint32_t offset,
					     enum registers_asked asked);

/* A write of a register of this unit: some field gets some value. False: there is none to be written now. */
struct register_write {
	uint32_t offset;
	unsigned int bytes;
	uint64_t value;
};
/* `page` is one that DMA reaches. `needs`: registers of one of these capabilities alone, unless 0. */
struct register_write registers_random_write(const struct unit *unit, phys_t page, uint64_t needs,
					     struct random *random);

/* Some other value of the register there, or of its other half. */
struct register_write registers_write_again(const struct unit *unit, uint32_t offset, phys_t page,
					    struct random *random);

/* Cases may write so many bytes there, which are a register or half of one. */
bool registers_can_write(const struct unit *unit, uint32_t offset, unsigned int bytes);

/* The register at `offset` or around it, "FECTL"; NULL: none that has a name. */
const char *registers_name(const struct unit *unit, uint32_t offset);

/* It has no effect that is not seen, and nothing of others is hit. */
bool registers_is_safe(struct shadow *shadow, const struct register_write *write);

/* Those that software may write: as they are, which the shadow sees, too; and so again. */
enum { REGISTERS_KEPT = 80 };
struct registers_kept {
	uint64_t values[REGISTERS_KEPT];
};
void registers_keep(struct unit *unit, struct registers_kept *kept);
void registers_restore(struct unit *unit, const struct registers_kept *kept);
