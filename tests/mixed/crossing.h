/* SPDX-License-Identifier: MIT */
/*
 * One unit as a platform of its own, brought up by plan and taken from mode to mode, for tests of
 * the runner. The stage of the test lends its pages, window and DMA; its tables stay unused.
 */
#pragma once

#include "iommu/bringup/commit.h"
#include "iommu/bringup/steps.h"
#include "iommu/bringup/transition.h"
#include "iommu/bringup/undo.h"
#include "tests/test.h"

struct crossing {
	struct test_run *run;
	struct survey survey;
	struct bringup_plan plan;
	struct bringup bringup;
	struct tables tables[2]; /* those in use, and those of the mode before or after */
	unsigned int current;
	struct mapping mappings[WINDOW_PAGES + 1];
	struct bringup_device device;
	struct transition transition;
	bool was_stopped;  /* devices were, in the course of the last transition */
	struct queue left; /* of a driver that is gone: crossing_forget_driver() */
};

/*
 * Fixtures: pages and mappings, with nothing of the unit touched; and with the unit brought up in legacy
 * or in scalable mode, where DMA was seen to land. At the end the unit rests and everything is freed.
 */
extern const struct fixture crossing_at_rest, crossing_legacy, crossing_scalable;

/* What a test with one of them works with. */
struct crossing *crossing_of(const struct test_run *run);

/* Surveys, plans and commits. False, with words in bringup.result or plan, if that is refused. */
bool crossing_bring_up(struct crossing *crossing, const struct bringup_request *request);

/*
 * What tables look like in a mode, as a plan says it of this unit. In a test with EITHER_STAGE those of
 * scalable mode are of the stage that is due. The test fails if there is none.
 */
bool crossing_format(struct crossing *crossing, enum ttm mode, struct tables_format *format);

/* To another mode with every step; DMA is not looked at. The test fails if it does not work. */
bool crossing_go(struct crossing *crossing, enum ttm to);

/*
 * A write of the agent that must land (false if it did not), or must leave this fault and nothing
 * else.
 */
bool crossing_expect_landing(struct crossing *crossing, const char *when);
void crossing_expect_fault(struct crossing *crossing, uint8_t reason, const char *when);

/*
 * The driver that brought the unit up is gone and its tables translate: what follows takes over. What is
 * left of it is the memory of its queue, freed at the end.
 */
void crossing_forget_driver(struct crossing *crossing);
