/* SPDX-License-Identifier: MIT */
/*
 * Stale before, fresh after: what the tests of all caches share. A unit may cache, need not, and may
 * forget more than it is asked to: only "fresh after" is required of it. Where it kept nothing
 * stale the question cannot be asked and the test skips; our own modelled unit caches all it may, so
 * there both are required.
 */
#pragma once

#include "iommu/unit/invalidate.h"
#include "tests/test.h"

/* True for units that are known to cache all they may. */
bool stale_is_required(const struct test_run *run);

/* The test's scene, both pages of its window used once, so that their translations may be cached. */
bool stale_open(struct test_run *run);

/* Page `page` of the window must be written to `wanted`; `when` begins the complaint. */
bool stale_expect_hit(struct test_run *run, unsigned int page, enum canary wanted,
		      const char *when);

/*
 * After a change without invalidation, page `page` should still go to `old`. False, and the test
 * skipped or failed, if the unit kept no such entry.
 */
bool stale_is_kept(struct test_run *run, unsigned int page, enum canary old);

/*
 * All that the change of a context entry in use asks for: this invalidation, that of the PASID cache
 * in scalable mode, and that of the IOTLB, both of the domain, or both global.
 */
enum status stale_forget_context(struct test_run *run, struct context_invalidation what) MUST_USE;

/* Two tests, legacy.NAME and sm.NAME, which change tables only; the latter through each stage. */
#define IN_BOTH_MODES(name, text, title_in_spec, more, ...)                               \
	{ .id = "legacy." name,                                                           \
	  .title = text,                                                                  \
	  .spec = title_in_spec,                                                          \
	  .needs = (more),                                                                \
	  .scene.mode = SCENE_LEGACY,                                                     \
	  .flags = TEST_SHARES_STAGE,                                                     \
	  .run = __VA_ARGS__ },                                                           \
	{                                                                                 \
		.id = "sm." name, .title = text, .spec = title_in_spec,                   \
		.needs = NEED(SMTS) | (more), .scene.mode = SCENE_SCALABLE,               \
		.scene.stage = EACH_STAGE, .flags = TEST_SHARES_STAGE, .run = __VA_ARGS__ \
	}
