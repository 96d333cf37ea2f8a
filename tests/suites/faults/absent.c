/* SPDX-License-Identifier: MIT */
/*
 * Of an entry that is not present no other bit is looked at: software keeps its own notes there, or the
 * rest of an entry that it has just taken away.
 *
 * A unit that looks for reserved bits first, or reads a type or a width of what is not there, reports
 * the wrong reason: a handler that would map the page takes it for a broken table. All bits are set
 * but those that say "present" and FPD, which counts in any case; with one bit alone a unit that looks at the
 * others would pass. That the same entry with P=0 and nothing else changed gives that reason, and
 * present with a reserved bit another one, is asked with the other faults.
 */
#include "tests/scenes/scene_test.h"
#include "tests/suites/suites.h"

/* Word `number` of an entry: all ones but for its lowest bits, which are 0. */
#define ONES_ABOVE(place, number, lowest)                                                         \
	{                                                                                         \
		(place), { (number)*64 + 63, (number)*64 }, ~UINT64_C(0) << (lowest), VALUE_PLAIN \
	}

/* A root entry: for devices of the lower half and of the upper one. */
#define BOTH_HALVES ONES_ABOVE(AT_ROOT, 0, 1), ONES_ABOVE(AT_ROOT, 1, 1)

#define ABSENT(name, what, title_in_spec, bits, its_mode, its_stage, reason, ...)               \
	{                                                                                       \
		.id = name "-absent-reserved",                                                  \
		.title = "of " what " that is not present no other bit is looked at",           \
		.spec = (title_in_spec), .needs = (bits),                                       \
		.scene = { .mode = (its_mode), .stage = (its_stage) }, .poke = { __VA_ARGS__ }, \
		.expect = FAULTS(reason)                                                        \
	}
#define ABSENT_LEGACY(name, what, title_in_spec, reason, ...)                                     \
	ABSENT("fault.legacy-" name, what, title_in_spec, 0, SCENE_LEGACY, STAGE_OF_UNIT, reason, \
	       __VA_ARGS__)
#define ABSENT_SCALABLE(name, what, title_in_spec, reason, ...)                                  \
	ABSENT("fault.sm-" name, what, title_in_spec, NEED(SMTS), SCENE_SCALABLE, STAGE_OF_UNIT, \
	       reason, __VA_ARGS__)

/* R, W and bit 2, which was a right (X) once, are clear in a paging entry of a second stage; P in one of a first stage. */
#define PAGING(name, what, place)                                                                 \
	ABSENT_LEGACY(name, what, "Second-Stage Paging Entries (LGN.2)", FR_LGN_2,                \
		      ONES_ABOVE(place, 0, 3)),                                                   \
		ABSENT("fault.ss-" name, what, "Second-Stage Paging Entries (SSS.2)", NEED(SMTS), \
		       SCENE_SCALABLE, STAGE_SECOND, FR_SSS_2, ONES_ABOVE(place, 0, 3)),          \
		ABSENT("fs." name, what, "First-Stage Paging Entries: P (SFS.2)", NEED(SMTS),     \
		       SCENE_SCALABLE, EACH_FIRST_STAGE, FR_SFS_2, ONES_ABOVE(place, 0, 1))

static const struct test tests[] = {
	ABSENT_LEGACY("root", "a root entry", "Root Entry: P (LRT.2)", FR_LRT_2, BOTH_HALVES),
	ABSENT_LEGACY("context", "a context entry", "Context Entry: P (LCT.2)", FR_LCT_2,
		      ONES_ABOVE(AT_CONTEXT, 0, 2), ONES_ABOVE(AT_CONTEXT, 1, 0)),
	ABSENT_SCALABLE("root", "a root entry", "Scalable-mode Root Entry: LP, UP (SRT.2)",
			FR_SRT_2, BOTH_HALVES),
	ABSENT_SCALABLE("context", "a context entry", "Scalable-Mode Context-Entry: P (SCT.2)",
			FR_SCT_2, ONES_ABOVE(AT_CONTEXT, 0, 2), ONES_ABOVE(AT_CONTEXT, 1, 0),
			ONES_ABOVE(AT_CONTEXT, 2, 0), ONES_ABOVE(AT_CONTEXT, 3, 0)),
	ABSENT_SCALABLE("dir", "a directory entry",
			"Scalable-Mode PASID Directory Entry: P (SPD.2)", FR_SPD_2,
			ONES_ABOVE(AT_PASID_DIR, 0, 2)),
	ABSENT_SCALABLE("pasid", "a PASID entry", "Scalable-Mode PASID Table Entry: P (SPT.2)",
			FR_SPT_2, ONES_ABOVE(AT_PASID, 0, 2), ONES_ABOVE(AT_PASID, 1, 0),
			ONES_ABOVE(AT_PASID, 2, 0), ONES_ABOVE(AT_PASID, 3, 0)),
	PAGING("leaf", "a leaf", AT_LEAF),
	PAGING("pde", "an entry of level 2", AT_LEVEL_2),
	PAGING("pdpe", "an entry of level 3", AT_LEVEL_3),
	PAGING("top", "a top entry", AT_TOP),
};

const struct suite suite_absent = SUITE("fault.absent", tests);
