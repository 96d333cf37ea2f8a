/* SPDX-License-Identifier: MIT */
#include "tests/engine/witness.h"

#include "arch/print.h"
#include "tests/engine/platform.h"
#include "tests/scenes/agents/outside.h"

void witness_print(void)
{
	for (unsigned int i = 0; outside_is_here() && i < platform.unit_count; i++) {
		const struct unit *unit = &platform.units[i];

		if (unit->source == UNIT_REAL)
			print("# witness: unit %u, %llu dwords, %llu faults, %llu descriptors\n", i,
			      (unsigned long long)(unit->read_count + unit->write_count +
						   unit->wide_count),
			      (unsigned long long)unit->fault_count,
			      (unsigned long long)unit->descriptor_count);
	}
}
