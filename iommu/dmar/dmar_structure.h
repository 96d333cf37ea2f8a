/* SPDX-License-Identifier: MIT */
/* One structure of the DMAR table while it is read: shared by the files that read it. */
#pragma once

#include "iommu/dmar/dmar.h"

/* Byte offset of the flags in DRHD, ATSR and SATC. */
#define STRUCTURE_FLAGS 4u

/* Flag bit 0 of DRHD, ATSR and SATC: INCLUDE_PCI_ALL, ALL_PORTS, ATC_REQUIRED. */
#define FLAG_0 0x01u

/* One structure of the table; all of its `length` bytes can be read. */
struct dmar_structure {
	const uint8_t *bytes;
	uint32_t offset;
	uint16_t type;
	uint16_t length;
};

/*
 * Reads the scopes from byte `at` of a structure to its end, or to the first with a bad length.
 * Device Scope Structure.
 */
struct dmar_scope_range dmar_read_scopes(struct dmar *out, const struct dmar_structure *s,
					 uint32_t at);
