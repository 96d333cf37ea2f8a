/* SPDX-License-Identifier: MIT */
/* Runs a test that is data: scene, pokes, one DMA, an expectation. */
#pragma once

#include "iommu/unit/fault.h"
#include "tests/test.h"

/* The whole of it, for run->test. */
void scene_test_run(struct test_run *run);

/* The steps, for `run` functions that vary one of them. All say what is wrong with test_fail(). */

/* True if the unit can have this scene at all; else the test is skipped. */
bool scene_test_is_possible(struct test_run *run, const struct scene *scene);

/* Builds and raises the scene, fills the agent, proves that `dma` lands. */
bool scene_test_open(struct test_run *run, const struct scene *scene, const struct dma *dma);

/* After pokes, or after they were undone: the unit forgets what it knew there. False after test_fail() if not. */
bool scene_test_invalidate(struct test_run *run, const struct poke *pokes, unsigned int count);

/*
 * Applies the pokes (up to the first one AT_NOWHERE, POKES_MAX at most), invalidates everything,
 * makes the DMA, compares with the expectation, and repairs and invalidates again. `label` (may be
 * NULL) is put before what differs. True if all was as expected.
 */
bool scene_test_try(struct test_run *run, const struct poke *pokes, const struct dma *dma,
		    const struct outcome *expect, const char *label);

/*
 * As scene_test_try() for each bit set in masks[0 .. words - 1], the 64-bit words of the entry, one
 * bit at a time; bits that deviate in the same way are told together as a list.
 */
void scene_test_each_bit(struct test_run *run, enum place at, const uint64_t *masks,
			 unsigned int words, const struct outcome *expect);

/* What may become of some bits of a sweep without being held against the unit. */
struct leniency {
	const uint64_t *bits; /* which ones: masks as those of the sweep */
	uint8_t other_reason; /* a fault for this reason will do, too; 0: none */
	bool may_land;	   /* an older revision had a field there: the data may land, with a note */
	const char *field; /* its name, for the note */
};

/* As scene_test_each_bit(), lenient with some of the bits. */
void scene_test_each_bit_but(struct test_run *run, enum place at, const uint64_t *masks,
			     unsigned int words, const struct outcome *expect,
			     const struct leniency *leniency);

/*
 * As scene_test_try() for each value of a field whose bit in `values` is set (value 0 is bit 0);
 * deviating values are told together as a list.
 */
void scene_test_each_value(struct test_run *run, enum place at, struct field field, uint64_t values,
			   const struct outcome *expect);

/* A write to page `page` of the window must end so, without or with the one fault `expect` names. */
bool scene_test_write(struct test_run *run, unsigned int page, const struct outcome *expect,
		      const char *label);

/*
 * The first agent behind the unit that has a twin, the same devfn on another bus, becomes the test's;
 * returns the twin, NULL if there is none.
 */
struct agent *scene_test_find_twin(struct test_run *run);
