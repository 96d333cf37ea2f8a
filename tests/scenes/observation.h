/* SPDX-License-Identifier: MIT */
/* What one DMA of a test brought about, and what of it is not as it is due. */
#pragma once

#include "iommu/unit/fault.h"
#include "tests/scenes/difference.h"
#include "tests/test.h"

struct observation {
	enum landing landing;
	struct fault_log log;
};

/* Makes the DMA, and looks at the faults it left. What a read brought is still in the agent. */
void observation_make(struct test_run *run, const struct dma *dma, struct observation *seen);

/* What that was; the tables must translate again. */
void observation_finish(struct test_run *run, const struct dma *dma, struct observation *seen);

/* The whole record of a fault is compared, with the one that this DMA must leave. */
struct difference observation_compare(const struct test_run *run, const struct dma *dma,
				      const struct outcome *expect, const struct observation *seen);

/* Puts both into run->expected and run->got. */
void observation_describe(struct test_run *run, const struct dma *dma, const struct outcome *expect,
			  const struct observation *seen);

/* Fails the test, with `label` (may be NULL) before what differs; true if nothing does. */
bool observation_judge(struct test_run *run, const struct dma *dma, const struct outcome *expect,
		       const struct observation *seen, const char *label);
