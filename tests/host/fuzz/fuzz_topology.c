/* SPDX-License-Identifier: MIT */
/*
 * topo= on arbitrary text: no read past its end; a refusal always says why; what is taken becomes
 * a DMAR table that the parser reads back, with no fault in it but INCLUDE_PCI_ALL out of place.
 */
#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "iommu/dmar/dmar.h"
#include "tests/units/topology.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t bytes);

static void count_rule(void *context, const char *rule)
{
	assert(rule && *rule);
	++*(unsigned int *)context;
}

static void check_unit(const struct topology *topology, const struct topology_unit *unit,
		       const char *text, size_t text_bytes)
{
	unsigned int broken = 0;

	assert(unit->text >= text && unit->text + unit->text_bytes <= text + text_bytes);
	assert(unit->config.host_address_bits == topology->host_address_bits);
	assert(unit->pasid_count >= 1 && unit->pasid_count < MODEL_PASID_LIMIT);
	topology_each_illegality(unit, count_rule, &broken);
}

static unsigned int reported_count(const struct topology *topology)
{
	unsigned int count = 0;

	for (unsigned int i = 0; i < topology->unit_count; i++)
		count += !topology->units[i].is_unreported;
	return count;
}

static void check_table(const struct topology *topology)
{
	static struct dmar_storage storage;
	static struct dmar dmar = { .storage = &storage };
	const struct topology_place place = { .base = 0xff00000000,
					      .stride_bytes = 65536,
					      .first_bus = 0x80 };
	uint8_t *table = malloc(TOPOLOGY_TABLE_BYTES);
	size_t bytes = topology_write_table(topology, &place, table);

	assert(bytes <= TOPOLOGY_TABLE_BYTES);
	assert(dmar_parse(table, bytes, &dmar));
	assert(dmar.unit_count == reported_count(topology));
	for (unsigned int i = 0; i < dmar.problem_count; i++)
		assert(dmar.problems[i].rule == DMAR_RULE_INCLUDE_ALL_LAST ||
		       dmar.problems[i].rule == DMAR_RULE_INCLUDE_ALL_TWICE ||
		       (dmar.problems[i].rule == DMAR_RULE_NO_DRHD && !dmar.unit_count));
	free(table);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t bytes)
{
	static struct topology topology;
	char *text = malloc(bytes + 1);
	char error[300] = "";
	bool is_good;

	memcpy(text, data, bytes);
	text[bytes] = 0;
	is_good = topology_parse(text, &topology, error, sizeof(error));
	assert(is_good == !error[0]);
	if (is_good) {
		assert(topology.unit_count >= 1 && topology.unit_count <= TOPOLOGY_UNITS_MAX);
		for (unsigned int i = 0; i < topology.unit_count; i++)
			check_unit(&topology, &topology.units[i], text, bytes);
		check_table(&topology);
	}
	free(text);
	return 0;
}
