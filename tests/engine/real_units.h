/* SPDX-License-Identifier: MIT */
/*
 * From the DMAR table to the units that are there. A base is looked at only after everything known
 * of the machine was asked whether a unit can be there, and registers are written only where what
 * was read is a unit's.
 */
#pragma once

#include "arch/boot_info.h"
#include "iommu/dmar/dmar.h"

/*
 * Reads the DMAR table into platform.dmar, and the PCI tree. Together, since a window of configuration
 * space may lie over a unit, or a unit be reported in such a window: writes no register of either.
 */
void real_units_scan(const struct boot_info *boot);

/* Adds what answers like a unit to the platform, and says of the rest why it is left out. */
void real_units_find(void);
