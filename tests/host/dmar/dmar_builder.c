/* SPDX-License-Identifier: MIT */
#include "tests/host/dmar/dmar_builder.h"

#include <string.h>

#include "iommu/dmar/dmar.h"

void build_put16(struct dmar_builder *b, size_t at, uint16_t value)
{
	memcpy(b->bytes + at, &value, sizeof(value));
}

void build_put32(struct dmar_builder *b, size_t at, uint32_t value)
{
	memcpy(b->bytes + at, &value, sizeof(value));
}

void build_put64(struct dmar_builder *b, size_t at, uint64_t value)
{
	memcpy(b->bytes + at, &value, sizeof(value));
}

void build_begin(struct dmar_builder *b)
{
	memset(b, 0, sizeof(*b));
	memcpy(b->bytes, "DMAR", 4);
	b->bytes[8] = 1; /* revision */
	memcpy(b->bytes + 10, "MAKER ", 6);
	memcpy(b->bytes + 16, "TABLE   ", 8);
	b->bytes[36] = 38; /* host address width - 1 */
	b->bytes[37] = 1;  /* INTR_REMAP */
	b->used = 48;
}

void build_finish(struct dmar_builder *b)
{
	uint8_t sum = 0;

	build_put32(b, 4, (uint32_t)b->used);
	b->bytes[9] = 0;
	for (size_t i = 0; i < b->used; i++)
		sum = (uint8_t)(sum + b->bytes[i]);
	b->bytes[9] = (uint8_t)-sum;
}

size_t build_raw(struct dmar_builder *b, uint16_t type, uint16_t length)
{
	b->structure = b->used;
	build_put16(b, b->structure, type);
	build_put16(b, b->structure + 2, length);
	b->used += length < 4 ? 4 : length;
	return b->structure;
}

size_t build_drhd(struct dmar_builder *b, uint8_t flags, uint16_t segment, uint64_t base)
{
	size_t at = build_raw(b, 0, 16);

	b->bytes[at + 4] = flags;
	build_put16(b, at + 6, segment);
	build_put64(b, at + 8, base);
	return at;
}

size_t build_rmrr(struct dmar_builder *b, uint16_t segment, uint64_t base, uint64_t limit)
{
	size_t at = build_raw(b, 1, 24);

	build_put16(b, at + 6, segment);
	build_put64(b, at + 8, base);
	build_put64(b, at + 16, limit);
	return at;
}

size_t build_list(struct dmar_builder *b, uint16_t type, uint8_t flags, uint16_t segment)
{
	size_t at = build_raw(b, type, 8);

	b->bytes[at + 4] = flags;
	build_put16(b, at + 6, segment);
	return at;
}

size_t build_rhsa(struct dmar_builder *b, uint64_t base, uint32_t domain)
{
	size_t at = build_raw(b, 3, 20);

	build_put64(b, at + 8, base);
	build_put32(b, at + 16, domain);
	return at;
}

size_t build_andd(struct dmar_builder *b, uint8_t number, const char *name)
{
	size_t at = build_raw(b, 4, (uint16_t)(8 + strlen(name) + 1));

	b->bytes[at + 7] = number;
	memcpy(b->bytes + at + 8, name, strlen(name));
	return at;
}

size_t build_scope(struct dmar_builder *b, uint8_t type, uint8_t id, uint8_t bus,
		   const uint8_t *path, size_t pairs)
{
	size_t at = b->used;
	uint8_t head[6] = { type, (uint8_t)(6 + 2 * pairs), 0, 0, id, bus };

	memcpy(b->bytes + at, head, sizeof(head));
	memcpy(b->bytes + at + sizeof(head), path, 2 * pairs);
	b->used += sizeof(head) + 2 * pairs;
	build_put16(b, b->structure + 2, (uint16_t)(b->used - b->structure));
	return at;
}

size_t build_device(struct dmar_builder *b, uint8_t type, uint8_t id, uint8_t bus, uint8_t device,
		    uint8_t function)
{
	uint8_t path[2] = { device, function };

	return build_scope(b, type, id, bus, path, 1);
}

struct dmar_places build_good(struct dmar_builder *b)
{
	struct dmar_places at;
	const uint8_t behind_bridge[] = { 0x1c, 0, 0, 1 };

	build_begin(b);
	at.graphics = build_drhd(b, 0, 0, 0xfed90000);
	at.endpoint = build_device(b, DMAR_SCOPE_ENDPOINT, 0, 0, 2, 0);
	build_scope(b, DMAR_SCOPE_ENDPOINT, 0, 0, behind_bridge, 2);
	at.all = build_drhd(b, 1, 0, 0xfed91000);
	at.ioapic = build_device(b, DMAR_SCOPE_IOAPIC, 2, 0xf0, 31, 0);
	at.hpet = build_device(b, DMAR_SCOPE_HPET, 0, 0, 31, 7);
	at.acpi = build_device(b, DMAR_SCOPE_ACPI, 1, 0, 21, 3);
	at.segment1 = build_drhd(b, 1, 1, 0xfed94000);
	b->bytes[at.segment1 + 5] = 2; /* 16 KiB of registers */
	at.rmrr = build_rmrr(b, 0, 0x7b000000, 0x7f7fffff);
	at.rmrr_scope = build_device(b, DMAR_SCOPE_ENDPOINT, 0, 0, 2, 0);
	at.atsr = build_list(b, DMAR_ATSR, 0, 0);
	at.port = build_device(b, DMAR_SCOPE_BRIDGE, 0, 0, 0x1c, 0);
	at.rhsa = build_rhsa(b, 0xfed90000, 0);
	build_rhsa(b, 0xfed91000, 1);
	build_rhsa(b, 0xfed94000, 0x12345678);
	at.andd = build_andd(b, 1, "\\_SB.I2C0");
	at.satc = build_list(b, DMAR_SATC, 1, 0);
	at.satc_scope = build_device(b, DMAR_SCOPE_ENDPOINT, 0, 0, 2, 0);
	at.sidp = build_list(b, DMAR_SIDP, 0, 1);
	at.sidp_scope = build_device(b, DMAR_SCOPE_ENDPOINT, 0, 0, 2, 0);
	b->bytes[at.sidp_scope + 2] = 0x1f; /* every flag there is */
	build_device(b, DMAR_SCOPE_ACPI, 1, 0, 21, 3);
	build_finish(b);
	return at;
}
