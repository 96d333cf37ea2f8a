/* SPDX-License-Identifier: MIT */
/* Writes DMAR tables byte by byte, good ones and bad ones. */
#pragma once

#include <stddef.h>
#include <stdint.h>

struct dmar_builder {
	uint8_t bytes[120000];
	size_t used;
	size_t structure; /* where the structure being written starts */
};

/* A header with 39 bits of host addresses and interrupt remapping. */
void build_begin(struct dmar_builder *b);

/* Sets length and checksum; to be called again after bytes were changed by hand. */
void build_finish(struct dmar_builder *b);

/* One structure each; scopes that follow belong to it. They return its offset. */
size_t build_drhd(struct dmar_builder *b, uint8_t flags, uint16_t segment, uint64_t base);
size_t build_rmrr(struct dmar_builder *b, uint16_t segment, uint64_t base, uint64_t limit);
size_t build_list(struct dmar_builder *b, uint16_t type, uint8_t flags, uint16_t segment);
size_t build_rhsa(struct dmar_builder *b, uint64_t base, uint32_t domain);
size_t build_andd(struct dmar_builder *b, uint8_t number, const char *name);
size_t build_raw(struct dmar_builder *b, uint16_t type, uint16_t length);

/* A device scope; `path` holds pairs of device and function. */
size_t build_scope(struct dmar_builder *b, uint8_t type, uint8_t id, uint8_t bus,
		   const uint8_t *path, size_t pairs);

/* The usual one: a path of one step. */
size_t build_device(struct dmar_builder *b, uint8_t type, uint8_t id, uint8_t bus, uint8_t device,
		    uint8_t function);

void build_put16(struct dmar_builder *b, size_t at, uint16_t value);
void build_put32(struct dmar_builder *b, size_t at, uint32_t value);
void build_put64(struct dmar_builder *b, size_t at, uint64_t value);

/* Where the parts of the good table are. */
struct dmar_places {
	size_t graphics, all, segment1, endpoint, ioapic, hpet, acpi, rmrr, rmrr_scope;
	size_t atsr, port, rhsa, andd, satc, satc_scope, sidp, sidp_scope;
};

/*
 * A table that breaks no rule and has every structure type: unit 0 for graphics and a device behind
 * a bridge, unit 1 for the rest of segment 0, unit 2 for segment 1.
 */
struct dmar_places build_good(struct dmar_builder *b);
