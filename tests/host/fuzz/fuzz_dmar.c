/* SPDX-License-Identifier: MIT */
/*
 * The DMAR parser on arbitrary bytes: no read past the end, no crash, and an answer that holds
 * together. The first byte chooses whether the rest is a table or changes to a good one, and how much
 * of the header is put right.
 */
#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "iommu/dmar/dmar.h"
#include "tests/host/dmar/dmar_builder.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t bytes);

static struct dmar_storage storage;
static struct dmar dmar = { .storage = &storage };

/* Bridges everywhere, with bus numbers that depend on the place; some lead nowhere or backwards. */
static bool find_bridge(void *context, uint16_t segment, uint8_t bus, uint8_t devfn,
			uint8_t *secondary, uint8_t *subordinate)
{
	(void)context;
	*secondary = (uint8_t)(bus + devfn);
	*subordinate = (uint8_t)(bus + 2 * devfn + segment);
	return devfn % 5 != 0;
}

static void put_header_right(uint8_t *table, size_t bytes, unsigned int how)
{
	uint32_t length = (uint32_t)bytes;
	uint8_t sum = 0;

	if (bytes < 48)
		return;
	if (how & 1)
		memcpy(table, "DMAR", 4);
	if (how & 2)
		memcpy(table + 4, &length, sizeof(length));
	if (how & 4) {
		table[9] = 0;
		for (size_t i = 0; i < bytes; i++)
			sum = (uint8_t)(sum + table[i]);
		table[9] = (uint8_t)-sum;
	}
}

static void check_range(struct dmar_scope_range range)
{
	assert(range.first + range.count <= dmar.scope_count);
}

static void check_lists(const struct dmar_device_list *lists, unsigned int count)
{
	assert(count <= DMAR_OTHERS_MAX);
	for (unsigned int i = 0; i < count; i++)
		check_range(lists[i].scopes);
}

static void check_answer(size_t bytes)
{
	assert(dmar.unit_count <= DMAR_UNITS_MAX && dmar.scope_count <= DMAR_SCOPES_MAX);
	assert(dmar.rmrr_count <= DMAR_OTHERS_MAX && dmar.rhsa_count <= DMAR_UNITS_MAX);
	assert(dmar.andd_count <= DMAR_OTHERS_MAX);
	check_lists(dmar.atsrs, dmar.atsr_count);
	check_lists(dmar.satcs, dmar.satc_count);
	check_lists(dmar.sidps, dmar.sidp_count);
	for (unsigned int i = 0; i < dmar.unit_count; i++)
		check_range(dmar.units[i].scopes);
	for (unsigned int i = 0; i < dmar.rmrr_count; i++)
		check_range(dmar.rmrrs[i].scopes);
	for (unsigned int i = 0; i < dmar.andd_count; i++)
		assert(memchr(dmar.andds[i].name, 0, DMAR_NAME_BYTES));
	for (unsigned int i = 0; i < dmar.scope_count; i++)
		assert(dmar.scopes[i].step_count >= 1 &&
		       dmar.scopes[i].step_count <= DMAR_PATH_MAX && dmar.scopes[i].offset < bytes);
	for (unsigned int i = 0; i < dmar.problem_count; i++) {
		const struct dmar_problem *problem = &dmar.problems[i];

		assert(problem->rule < DMAR_RULE_COUNT && dmar.breach_count[problem->rule]);
		assert(problem->text[0] && memchr(problem->text, 0, sizeof(problem->text)));
		assert(problem->offset < bytes || bytes < 48);
	}
}

static void check_lookups(void)
{
	for (unsigned int id = 0; id < 0x10000; id += 0x0107) {
		const struct dmar_unit *unit =
			dmar_unit_for_device(&dmar, (uint16_t)(id & 1), (uint8_t)(id >> 8),
					     (uint8_t)id, find_bridge, NULL);

		assert(!unit || (unit >= dmar.units && unit < dmar.units + dmar.unit_count &&
				 unit->segment == (id & 1)));
	}
}

/* The good table with some bytes changed: each three bytes of input are a place and a value. */
static uint8_t *changed_good_table(const uint8_t *data, size_t bytes, size_t *table_bytes)
{
	static struct dmar_builder builder;
	uint8_t *table;

	build_good(&builder);
	for (; bytes >= 3; data += 3, bytes -= 3)
		builder.bytes[(data[0] + 256u * data[1]) % builder.used] = data[2];
	table = malloc(builder.used);
	memcpy(table, builder.bytes, builder.used);
	*table_bytes = builder.used;
	return table;
}

/* A copy without slack behind it. */
static uint8_t *copy_bytes(const uint8_t *data, size_t bytes)
{
	uint8_t *table = malloc(bytes ? bytes : 1);

	memcpy(table, data, bytes);
	return table;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t bytes)
{
	uint8_t *table;
	uint8_t mode;
	bool usable;

	if (bytes < 1)
		return 0;
	mode = *data++;
	bytes--;
	table = mode & 8 ? changed_good_table(data, bytes, &bytes) : copy_bytes(data, bytes);
	put_header_right(table, bytes, mode);
	usable = dmar_parse(table, bytes, &dmar);
	free(table);
	assert(usable || (dmar.problem_count == 1 && dmar.unit_count == 0));
	check_answer(bytes);
	check_lookups();
	return 0;
}
