/* SPDX-License-Identifier: MIT */
/*
 * The PCI function that the units are in. From the first look at a unit's registers on it hides: an operating system has
 * found its units by then, and would move the BAR away from where they are.
 */
#pragma once

#include "tests/server/function.h"

/* The place says which devices are under the units; it has no base yet. */
void units_function_make(struct function *function, struct units *units,
			 const struct topology_place *place, bool may_hide);
