/* SPDX-License-Identifier: MIT */
/* What the kernel has around random cases, on the build host: memory, registers that a model serves, a processor. */
#pragma once

#include "iommu/unit/unit.h"
#include "tests/scenes/agent.h"

/* Memory, once, and the host address width of the platform. */
void surroundings_open(unsigned int host_address_bits);

/* The one unit, and finding it where the model answers. */
struct unit *surroundings_unit(void);
void surroundings_probe(struct unit *unit);

/* The first endpoint behind it. */
struct agent *surroundings_agent(struct unit *unit);
