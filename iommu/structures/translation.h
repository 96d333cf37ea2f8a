/* SPDX-License-Identifier: MIT */
/*
 * DMA remapping of one unit, on and off, in the order the specification wants ("Root Table Address
 * Register", "Global Command Register").
 */
#pragma once

#include "iommu/structures/context.h"
#include "iommu/unit/unit.h"

/*
 * Latches a root table and invalidates whatever the unit may have cached of another one; a unit
 * with CAP.ESRTPS does the latter itself. Scalable mode needs the queue on with wide descriptors:
 * STATUS_REFUSED otherwise, before any register is written.
 */
enum status translation_load_root(struct unit *unit, const struct root_table *root) MUST_USE;

/* translation_load_root(), then TE on. */
enum status translation_start(struct unit *unit, const struct root_table *root) MUST_USE;

/*
 * Brings a unit that anybody may have left in any state to rest: interrupt remapping, translation
 * and queue off, faults cleared, event interrupts masked.
 */
enum status translation_rest(struct unit *unit) MUST_USE;
