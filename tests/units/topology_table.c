/* SPDX-License-Identifier: MIT */
/* "DMA Remapping Reporting Structure": the topology as firmware would report it. */
#include "arch/addr.h"
#include "arch/string.h"
#include "iommu/dmar/dmar.h"
#include "iommu/spec/regs.h"
#include "tests/units/topology.h"

enum {
	HEADER_BYTES = 48,
	DRHD_BYTES = 16,
	SCOPE_BYTES = 8,
	DRHD_INCLUDE_PCI_ALL = 1 << 0,
	AT_LENGTH = 4,
	AT_REVISION = 8,
	AT_CHECKSUM = 9,
	AT_OEM = 10,
	AT_HOST_ADDRESS_WIDTH = 36,
	AT_FLAGS = 37,
};

uint16_t topology_endpoint_sid(const struct topology_place *place, unsigned int unit,
			       unsigned int nth)
{
	static const struct {
		uint8_t bus, devfn;
	} endpoints[TOPOLOGY_ENDPOINTS] = {
		{ 0, 4 << 3 },
		{ 0, 4 << 3 | 1 },
		{ 0, 20 << 3 },
		{ TOPOLOGY_UNITS_MAX, 4 << 3 },
	};

	return (uint16_t)((place->first_bus + unit + endpoints[nth].bus) << 8 |
			  endpoints[nth].devfn);
}

static uint8_t *put(uint8_t *at, uint64_t value, unsigned int bytes)
{
	for (unsigned int i = 0; i < bytes; i++)
		*at++ = (uint8_t)(value >> (8 * i));
	return at;
}

/* The field holds n of 2^n pages. */
static uint8_t size_of_registers(const struct topology_place *place)
{
	uint8_t log2 = 0;

	while ((uint64_t)PAGE_BYTES << log2 < place->stride_bytes)
		log2++;
	return log2;
}

static uint8_t *put_scope(uint8_t *at, uint16_t sid)
{
	at = put(at, DMAR_SCOPE_ENDPOINT, 1);
	at = put(at, SCOPE_BYTES, 1);
	at = put(at, 0, 3); /* flags, reserved, enumeration id */
	at = put(at, sid >> 8, 1);
	at = put(at, sid >> 3 & 0x1f, 1);
	return put(at, sid & 7, 1);
}

/* Endpoints, then what the place has of its own. */
static uint8_t *put_scopes(uint8_t *at, unsigned int index, const struct topology_place *place)
{
	for (unsigned int i = 0; i < TOPOLOGY_ENDPOINTS; i++)
		at = put_scope(at, topology_endpoint_sid(place, index, i));
	if (place->first_device)
		at = put_scope(at, (uint16_t)((place->first_device + index) << 3));
	return at;
}

static uint8_t *put_drhd(uint8_t *at, const struct topology_unit *unit, unsigned int index,
			 const struct topology_place *place)
{
	uint8_t *start = at;

	at = put(at, DMAR_DRHD, 2);
	at = put(at, DRHD_BYTES, 2);
	at = put(at, unit->includes_all ? DRHD_INCLUDE_PCI_ALL : 0, 1);
	at = put(at, size_of_registers(place), 1);
	at = put(at, place->segment, 2);
	at = put(at, place->base + index * place->stride_bytes, 8);
	if (!unit->includes_all)
		at = put_scopes(at, index, place);
	put(start + 2, (uint64_t)(at - start), 2);
	return at;
}

/*
 * INTR_REMAP would promise that every I/O APIC is under some unit, and no real one is under ours. So
 * it is set only where ECAP.IRREQ demands it.
 */
static bool must_remap_interrupts(const struct topology *topology)
{
	for (unsigned int i = 0; i < topology->unit_count; i++)
		if (reg_get(topology->units[i].config.ecap, ECAP_IRREQ))
			return true;
	return false;
}

size_t topology_write_table(const struct topology *topology, const struct topology_place *place,
			    uint8_t *table)
{
	uint8_t *at = table + HEADER_BYTES;
	uint8_t sum = 0;

	memset(table, 0, HEADER_BYTES);
	memcpy(table, "DMAR", 4);
	table[AT_REVISION] = 1;
	memcpy(table + AT_OEM, "VTDCHKTOPOLOGY", 14);
	table[AT_HOST_ADDRESS_WIDTH] = (uint8_t)(topology->host_address_bits - 1);
	table[AT_FLAGS] = must_remap_interrupts(topology) ? DMAR_FLAG_INTR_REMAP : 0;
	for (unsigned int i = 0; i < topology->unit_count; i++)
		if (!topology->units[i].is_unreported)
			at = put_drhd(at, &topology->units[i], i, place);
	put(table + AT_LENGTH, (uint64_t)(at - table), 4);
	for (const uint8_t *byte = table; byte < at; byte++)
		sum = (uint8_t)(sum + *byte);
	table[AT_CHECKSUM] = (uint8_t)-sum;
	return (size_t)(at - table);
}
