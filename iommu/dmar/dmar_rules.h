/* SPDX-License-Identifier: MIT */
/* Within the DMAR parser: how breaches are recorded, and the checks across structures. */
#pragma once

#include "arch/print.h"
#include "iommu/dmar/dmar.h"

/* Counts a breach, and keeps it if it is among the first DMAR_KEPT_PER_RULE of its rule. */
PRINT_FORMAT(4, 5)
void dmar_complain(struct dmar *out, enum dmar_rule rule, uint32_t offset, const char *format, ...);

/*
 * Is there room for one more of what `count` and `most` count? If not, the table counts as cut and
 * the complaint names `what` and the byte offset.
 */
bool dmar_has_room(struct dmar *out, uint32_t offset, const char *what, unsigned int count,
		   unsigned int most);

/* What one structure says about others: to be called when all have been read. */
void dmar_check_references(struct dmar *out);
