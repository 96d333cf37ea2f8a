/* SPDX-License-Identifier: MIT */
/*
 * Rights of the second stage: every entry of the walk has a say, over leaves of every size.
 *
 * A right is there if no entry on the way takes it away. Emulators that looked at the leaf alone, or
 * at all but the one where a large page ends the walk, let a device write where a table above said
 * no. One right is taken away at one level, and the request that needs it must fail; that the other
 * direction still passes is asked with the caches. What a 4 KiB leaf itself takes away is asked in the
 * suites of the two modes.
 */
#include "tests/scenes/scene_test.h"
#include "tests/suites/suites.h"

#define RIGHT(mode_id, mode_name, its_stage, more, name, shift, where, verb, its_direction, due, \
	      ...)                                                                               \
	{                                                                                        \
		.id = "fault." mode_id "-rights-" name "-" verb,                                 \
		.title = "a right missing in one entry of the walk blocks a " verb,              \
		.spec = "Second-Stage Translation: Access Rights", .needs = (more),              \
		.scene = { .mode = (mode_name), .stage = (its_stage), .page_shift = (shift) },   \
		.poke = { { (where), FIELD(__VA_ARGS__), 0, VALUE_PLAIN } },                     \
		.dma.is_read = (its_direction), .expect = FAULTS(due)                            \
	}
#define RIGHTS(more, ...)                                                                         \
	RIGHT("legacy", SCENE_LEGACY, STAGE_OF_UNIT, more, __VA_ARGS__, "write", false, FR_LGN_2, \
	      SS_W),                                                                              \
		RIGHT("legacy", SCENE_LEGACY, STAGE_OF_UNIT, more, __VA_ARGS__, "read", true,     \
		      FR_LGN_3, SS_R),                                                            \
		RIGHT("ss", SCENE_SCALABLE, STAGE_SECOND, NEED(SMTS) | (more), __VA_ARGS__,       \
		      "write", false, FR_SGN_6, SS_W),                                            \
		RIGHT("ss", SCENE_SCALABLE, STAGE_SECOND, NEED(SMTS) | (more), __VA_ARGS__,       \
		      "read", true, FR_SGN_7, SS_R)

static const struct test tests[] = {
	RIGHTS(0, "4k-level-2", 12, AT_LEVEL_2),
	RIGHTS(0, "4k-level-3", 12, AT_LEVEL_3),
	RIGHTS(0, "4k-top", 12, AT_TOP),
	RIGHTS(NEED(SSLPS2M), "2m-leaf", 21, AT_LEAF),
	RIGHTS(NEED(SSLPS2M), "2m-level-3", 21, AT_LEVEL_3),
	RIGHTS(NEED(SSLPS2M), "2m-top", 21, AT_TOP),
	RIGHTS(NEED(SSLPS1G), "1g-leaf", 30, AT_LEAF),
	RIGHTS(NEED(SSLPS1G), "1g-top", 30, AT_TOP),
};

const struct suite suite_rights = SUITE("fault.rights", tests);
