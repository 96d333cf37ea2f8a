/* SPDX-License-Identifier: MIT */
/* Scalable mode: root, context, PASID directory and PASID table lead to the right page. */
#include "tests/suites/suites.h"

static const struct test tests[] = {
	{ .id = "sm.write",
	  .title = "a write goes where the second-stage tables say",
	  .spec = "Scalable Mode Address Translation",
	  .needs = NEED(SMTS) | NEED(SSTS),
	  .scene = { .mode = SCENE_SCALABLE },
	  .expect = LANDS },
	{ .id = "sm.read",
	  .title = "a read comes from where the second-stage tables say",
	  .spec = "Scalable Mode Address Translation",
	  .needs = NEED(SMTS) | NEED(SSTS),
	  .scene = { .mode = SCENE_SCALABLE },
	  .dma = { .is_read = true },
	  .expect = LANDS },
};

const struct suite suite_scalable = SUITE("sm", tests);
