/* SPDX-License-Identifier: MIT */
/*
 * The DMAR table that reports the units. QEMU gets it with bases that begin at 0; firmware copies it to
 * where it likes, and puts the units' BAR where it likes; then the copies are made true in place.
 */
#pragma once

#include "tests/server/guest_memory.h"
#include "tests/units/topology.h"

/* The number of tables of these units in memory, after what they say was put in place. */
unsigned int table_make_true(const struct guest_memory *memory, const struct topology *topology,
			     const struct topology_place *place);

/* The same tables are none any more: firmware writes others, and these must not be taken for them. */
void table_spoil(const struct guest_memory *memory, const struct topology *topology,
		 const struct topology_place *place);
