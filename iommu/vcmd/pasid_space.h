/* SPDX-License-Identifier: MIT */
/*
 * The PASIDs of a platform: which are taken, by which unit, and where new ones come from.
 *
 * The default allocator hands out the lowest free PASID. A unit whose VMM owns the PASIDs brings
 * a source of its own (VCMD) instead; it must be registered before the first default PASID is
 * handed out, and serves the whole space from then on. PASID 0 and the RID_PASIDs in use are never
 * handed out, wherever they come from.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "iommu/unit/status.h"

enum {
	PASID_SPACE_BITS_MAX = 20,
	PASID_SPACE_UNITS_MAX = 64,
	PASID_SPACE_RESERVED_MAX = 64,
	PASID_SPACE_LEVELS = 4,
};

/* E(name, words): how a call can end. */
#define PASID_ERRORS(E)                                                              \
	E(OK, "ok")                                                                  \
	E(ERROR_EXHAUSTED, "no PASID left")                                          \
	E(ERROR_ZERO, "PASID 0 is never handed out")                                 \
	E(ERROR_OUT_OF_RANGE, "PASID beyond the width of the space")                 \
	E(ERROR_RESERVED, "PASID is in use as RID_PASID")                            \
	E(ERROR_NEVER_ALLOCATED, "PASID was never allocated")                        \
	E(ERROR_DOUBLE_FREE, "PASID was freed before")                               \
	E(ERROR_NOT_ALLOCATED, "PASID is not allocated")                             \
	E(ERROR_OTHER_UNIT, "PASID belongs to another unit")                         \
	E(ERROR_LIVE, "PASID is allocated")                                          \
	E(ERROR_TOO_MANY_RESERVED, "too many RID_PASIDs")                            \
	E(ERROR_BAD_UNIT, "unit number too large")                                   \
	E(ERROR_DEFAULT_LIVE, "the default allocator has PASIDs out")                \
	E(ERROR_OTHER_BACKING, "a source with another backing is registered")        \
	E(ERROR_REGISTERED, "the unit has a source registered")                      \
	E(ERROR_NOT_REGISTERED, "the unit has no source registered")                 \
	E(ERROR_SOURCE_LIVE, "the source has PASIDs out")                            \
	E(ERROR_OFFERED_ZERO, "the source offered PASID 0")                          \
	E(ERROR_OFFERED_TWICE, "the source offered a PASID that is allocated")       \
	E(ERROR_OFFERED_OUT_OF_RANGE, "the source offered a PASID beyond the width") \
	E(ERROR_SOURCE_REJECTED, "the source calls an allocated PASID invalid")      \
	E(ERROR_SOURCE_FAILED, "the source failed")

#define PASID_ERROR_ENUM_(name, words) PASID_##name,
enum pasid_error { PASID_ERRORS(PASID_ERROR_ENUM_) PASID_ERROR_COUNT };
#undef PASID_ERROR_ENUM_

/* "PASID was freed before"; never NULL. */
const char *pasid_error_name(enum pasid_error error);

/*
 * A source other than the default allocator. What alloc offers is judged by the space; it may also
 * call an offer OFFERED_ZERO or OFFERED_OUT_OF_RANGE itself, and answers EXHAUSTED or SOURCE_FAILED
 * with *pasid 0. free answers SOURCE_REJECTED or SOURCE_FAILED. Sources with the same `backing`
 * hand out of one set of PASIDs.
 */
struct pasid_source {
	const void *backing;
	void *context;
	enum pasid_error (*alloc)(void *context, uint32_t *pasid);
	enum pasid_error (*free)(void *context, uint32_t pasid);
};

struct pasid_space {
	unsigned int bits; /* PASIDs 0 .. 2^bits - 1 */
	uint64_t *level
		[PASID_SPACE_LEVELS]; /* [0]: a set bit is a free PASID; above: a word with any */
	uint8_t *history;	      /* per PASID; NULL: not kept */
	uint32_t live_count[PASID_SPACE_UNITS_MAX];
	uint32_t live_total;
	struct pasid_source source[PASID_SPACE_UNITS_MAX]; /* alloc NULL: none of this unit */
	unsigned int source_count;
	struct {
		uint32_t pasid;
		bool is_held; /* offered by the source, and kept from use */
	} reserved[PASID_SPACE_RESERVED_MAX];
	unsigned int reserved_count;
	uint64_t words_touched; /* words of state read or written by the allocator so far */
};

/* Bytes of state for a space of `bits` (1 .. 20): 133,160 for 20. */
size_t pasid_space_state_bytes(unsigned int bits);

/* One byte per PASID: who has it, and whether it ever was allocated. */
size_t pasid_space_history_bytes(unsigned int bits);

/*
 * An empty space in memory of the caller, 8-byte aligned, of the sizes above. bits is the smallest
 * of all units (PSS) and tables (PDTS), 1 .. 20. Without history (NULL) the space cannot tell
 * NEVER_ALLOCATED from DOUBLE_FREE (both NOT_ALLOCATED) nor see OTHER_UNIT.
 */
void pasid_space_init(struct pasid_space *space, unsigned int bits, void *state, void *history);

/* Keeps a PASID from being handed out, because it is some context's RID_PASID. Repeats are fine. */
enum pasid_error pasid_space_reserve(struct pasid_space *space, uint32_t pasid) MUST_USE;

/*
 * Gives a unit's source to the space. The first one needs that no default PASID is live; a later
 * one with the same backing joins.
 */
enum pasid_error pasid_space_register(struct pasid_space *space, unsigned int unit,
				      const struct pasid_source *source) MUST_USE;

/* Needs that no PASID of the unit is live, and for the last source, that none is at all. */
enum pasid_error pasid_space_unregister(struct pasid_space *space, unsigned int unit) MUST_USE;

/*
 * Constant time. Goes to the unit's own source, to that of the lowest unit that has one, or to the
 * default allocator. *pasid is what was offered when the error is about the offer, else 0.
 */
enum pasid_error pasid_space_alloc(struct pasid_space *space, unsigned int unit,
				   uint32_t *pasid) MUST_USE;

/* Constant time. If the source refuses, the PASID stays allocated. */
enum pasid_error pasid_space_free(struct pasid_space *space, unsigned int unit,
				  uint32_t pasid) MUST_USE;

uint32_t pasid_space_live_count(const struct pasid_space *space);
bool pasid_space_is_live(const struct pasid_space *space, uint32_t pasid);
