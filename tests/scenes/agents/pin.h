/* SPDX-License-Identifier: MIT */
/*
 * A pin of an I/O APIC as an agent: it moves no data, but sends interrupt requests with a source-id of
 * their own, which the DMAR table tells ("I/OxAPIC Programming"). The wire is a comparator of the HPET.
 */
#pragma once

#include "iommu/dmar/dmar.h"
#include "tests/scenes/agent.h"

/*
 * Takes a pin that is behind `unit` and brings interrupts to this processor while nothing is remapped.
 * `vector` is for that trial. Returns NULL, or why there is none, in words.
 */
const char *pin_take(struct agent *agent, struct unit *unit, const struct dmar *dmar,
		     uint8_t vector);

/* The redirection entry's vector, by which the end of a level interrupt finds it, and its trigger mode. */
void pin_set(uint8_t vector, bool is_level);

/* Lets go of the wire, so that no level is left when the interrupt ends. */
void pin_lower(void);
void pin_release(void);
