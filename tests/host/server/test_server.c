/* SPDX-License-Identifier: MIT */
/*
 * The unit server from a guest's side, without a guest: which addresses are whose, whom a message reaches, what a reset
 * leaves, what hiding lets through, and what the witness counts.
 */
#define _GNU_SOURCE /* memfd_create */
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "iommu/spec/regs.h"
#include "iommu/spec/tables.h"
#include "tests/host/check.h"
#include "tests/server/device_function.h"
#include "tests/server/units_function.h"

enum {
	MEMORY_BASE = 0x100000,
	MEMORY_BYTES = 16 * 4096,
	ROOT = MEMORY_BASE,
	QUEUE = 0x101000,
	DATA = 0x102000
};
enum { CONFIG_BAR = 0x10 };

static struct units units;
static struct function function;
static uint8_t *memory; /* as the guest has it */

static int set_up(void **state)
{
	struct topology_place place = { .first_bus = SERVER_FIRST_BUS };
	int file = memfd_create("guest", MFD_CLOEXEC);
	char error[200];

	(void)state;
	if (file < 0 || ftruncate(file, MEMORY_BYTES) ||
	    !units_make(&units, "sm+vcs,legacy", error, sizeof(error)))
		return -1;
	memory = mmap(NULL, MEMORY_BYTES, PROT_READ | PROT_WRITE, MAP_SHARED, file, 0);
	place.stride_bytes = units.stride;
	units_function_make(&function, &units, &place, true);
	return memory == MAP_FAILED ||
	       guest_memory_map(&units.memory, MEMORY_BASE, MEMORY_BYTES, file, 0, true);
}

static int tear_down(void **state)
{
	(void)state;
	units_free(&units);
	return munmap(memory, MEMORY_BYTES);
}

static uint32_t at(unsigned int unit, uint32_t reg)
{
	return (1 + unit) * units.stride + reg;
}

static void write_unit(unsigned int unit, uint32_t reg, unsigned int bytes, uint64_t value)
{
	function_write(&function, at(unit, reg), bytes, value);
}

static void command(unsigned int unit, uint64_t bits)
{
	write_unit(unit, REG_GCMD, 4, bits);
}

static uint32_t endpoint_reg(unsigned int nth, unsigned int reg)
{
	return (uint32_t)function_read(&function, nth * ENDPOINT_BYTES + reg, 4);
}

static void set_endpoint(unsigned int nth, unsigned int reg, uint32_t value)
{
	function_write(&function, nth * ENDPOINT_BYTES + reg, 4, value);
}

/* What the guest has in memory, in words of 64 bits. */
static void put(uint64_t address, uint64_t value)
{
	memcpy(memory + (address - MEMORY_BASE), &value, sizeof(value));
}

/* Unit 0 translates by an empty root table. */
static void turn_translation_on(void)
{
	write_unit(0, REG_RTADDR, 8, ROOT);
	command(0, FIELD_MASK(GCMD_SRTP));
	command(0, FIELD_MASK(GCMD_TE));
}

/* ---- whose an address is ---- */

static void test_addresses(void **state)
{
	uint64_t value;

	(void)state;
	assert_true(units_read(&units, at(0, REG_CAP), 8, &value));
	assert_true(value == units.unit[0].model.config.cap);
	assert_true(units_read(&units, at(1, REG_CAP), 8, &value));
	assert_true(value == units.unit[1].model.config.cap);
	assert_int_equal(units.unit[1].model.counts.reads, 1);
	assert_false(units_read(&units, at(2, REG_CAP), 8, &value)); /* within the BAR still */
	assert_true(value == 0 && at(2, 0) < units_bytes(&units));
	assert_false(units_write(&units, at(2, REG_GCMD), 4, UINT32_MAX));
	assert_false(units_read(&units, EPS_MAGIC, 4, &value));
	assert_true(value == SERVER_MAGIC);
	assert_true(function_read(&function, units_bytes(&units), 4) == UINT64_MAX);
}

static void test_endpoints_are_told_apart(void **state)
{
	const unsigned int count = endpoint_reg(0, EPS_COUNT);

	(void)state;
	assert_int_equal(count, 2 * TOPOLOGY_ENDPOINTS);
	for (unsigned int i = 0; i < count; i++) {
		const uint32_t id = endpoint_reg(i, EP_ID);
		const struct model_page_response response = { .sid = (uint16_t)id, .group = 7 };
		const struct model_devtlb_request request = { .sid = (uint16_t)id, .pasid = 9 };

		assert_int_equal(id >> 16, i / TOPOLOGY_ENDPOINTS);
		endpoints_take_response(&units.endpoints, &response);
		endpoints_answer_devtlb(&units.endpoints, &request);
		for (unsigned int other = 0; other < count; other++) {
			assert_int_equal(endpoint_reg(other, EP_RESPONSES), other <= i);
			assert_int_equal(endpoint_reg(other, EP_INVALIDATIONS), other <= i);
		}
		assert_int_equal(endpoint_reg(i, EP_RESPONSE), 7);
		assert_int_equal(endpoint_reg(i, EP_INVALIDATED_PASID), 9);
		assert_int_equal(endpoint_reg(i, EP_ORDER), 2 | 1 << 16);
	}
}

/* ---- what endpoints do ---- */

static uint32_t read_through(uint32_t address)
{
	set_endpoint(0, EP_ADDRESS, address);
	set_endpoint(0, EP_REQUEST, MODEL_READ << EP_KIND_SHIFT);
	set_endpoint(0, EP_LENGTH, 8);
	set_endpoint(0, EP_GO, 1);
	return endpoint_reg(0, EP_RESULT);
}

static void test_blocked_read_brings_ones(void **state)
{
	(void)state;
	put(DATA, 0x0123456789abcdef);
	assert_int_equal(read_through(DATA), EP_DONE);
	assert_int_equal(endpoint_reg(0, EP_PATTERN), 0); /* it was no bus master */
	set_endpoint(0, EP_MASTER, 1);
	assert_int_equal(read_through(DATA), EP_DONE | EP_OK);
	assert_int_equal(endpoint_reg(0, EP_PATTERN), 0x89abcdef);
	turn_translation_on();
	assert_int_equal(read_through(DATA), EP_DONE);
	assert_int_equal(endpoint_reg(0, EP_PATTERN), UINT32_MAX);
	assert_int_equal(endpoint_reg(0, EP_PATTERN + 4), UINT32_MAX);
}

/* ---- a device with a function of its own ---- */

enum { DEVICE_SID = 0x11 << 3, CONFIG_COMMAND = 0x04, COMMAND_MASTER = 1 << 2 };

static struct function device;

static const struct endpoint *make_device(unsigned int unit)
{
	device_function_make(&device, &units,
			     endpoints_make_device(&units.endpoints, unit, DEVICE_SID));
	return device.endpoint;
}

static uint32_t device_reg(unsigned int reg)
{
	return (uint32_t)function_read(&device, reg, 4);
}

static uint32_t device_read_through(uint32_t address)
{
	function_write(&device, EP_ADDRESS, 8, address);
	function_write(&device, EP_LENGTH, 4, 8);
	function_write(&device, EP_GO, 4, 1);
	return device_reg(EP_RESULT);
}

static void test_device_is_beside_the_others(void **state)
{
	const struct endpoint *endpoint = make_device(1);
	const struct model_devtlb_request request = { .sid = DEVICE_SID, .pasid = 9 };

	(void)state;
	assert_int_equal(function_config_read(&device, 0, 4),
			 SERVER_VENDOR | (uint32_t)SERVER_ENDPOINT_DEVICE << 16);
	assert_int_equal(device_reg(EP_ID), DEVICE_SID | 1 << 16);
	assert_int_equal(endpoint_reg(0, EPS_COUNT), 2 * TOPOLOGY_ENDPOINTS);
	endpoints_answer_devtlb(&units.endpoints, &request);
	assert_int_equal(device_reg(EP_INVALIDATIONS), 1);
	assert_int_equal(endpoint_reg(0, EP_INVALIDATIONS), 0);
	assert_true(function_read(&device, ENDPOINT_BYTES, 4) == 0);
	assert_true(function_read(&device, 4096, 4) == UINT64_MAX);
	units_reset(&units);
	assert_int_equal(endpoint->registers[EP_INVALIDATIONS / 4], 0);
	assert_int_equal(endpoint->registers[EP_ID / 4], DEVICE_SID | 1 << 16);
}

static void test_device_sends_as_bus_master(void **state)
{
	(void)state;
	make_device(0);
	put(DATA, 0x0123456789abcdef);
	function_write(&device, EP_MASTER, 4, 1); /* the command register says that */
	assert_int_equal(device_read_through(DATA), EP_DONE);
	function_config_write(&device, CONFIG_COMMAND, 2, COMMAND_MASTER);
	assert_int_equal(device_read_through(DATA), EP_DONE | EP_OK);
	assert_int_equal(device_reg(EP_PATTERN), 0x89abcdef);
	function_reset(&device);
	assert_int_equal(device_read_through(DATA), EP_DONE);
}

/* Which faults were whose, and what the unit was told to forget before. */
static void test_requests_are_seen(void **state)
{
	const struct endpoint *endpoint = make_device(0);
	const struct request_seen *seen = endpoint->seen;

	(void)state;
	function_config_write(&device, CONFIG_COMMAND, 2, COMMAND_MASTER);
	device_read_through(DATA);
	turn_translation_on();
	device_read_through(DATA + 8);
	put(QUEUE, INV_IOTLB | reg_put(INV_IOTLB_G, GRANULARITY_GLOBAL));
	put(QUEUE + 16, INV_PIOTLB | reg_put(INV_PIOTLB_G, 2));
	write_unit(0, REG_IQA, 8, QUEUE);
	command(0, FIELD_MASK(GCMD_TE) | FIELD_MASK(GCMD_QIE));
	write_unit(0, REG_IQT, 8, 32);
	function_write(&device, EP_REQUEST, 4, MODEL_WRITE << EP_KIND_SHIFT);
	device_read_through(DATA);
	function_reset(&device);
	assert_int_equal(endpoint->seen_count, 3); /* it is the report's */
	assert_true(seen[0].is_ok && !seen[0].is_write && seen[0].address == DATA);
	assert_true(!seen[0].faults && !seen[0].invalidations && seen[0].bytes == 8);
	assert_true(!seen[1].is_ok && seen[1].faults == 1 && seen[1].address == DATA + 8);
	assert_int_equal(seen[1].invalidations, 0);
	assert_true(seen[2].is_write && seen[2].faults == 1 && seen[2].invalidations == 2);
}

static void test_more_requests_than_are_kept(void **state)
{
	const struct endpoint *endpoint = make_device(0);

	(void)state;
	for (unsigned int i = 0; i < REQUESTS_SEEN + 2; i++)
		device_read_through(DATA + 8 * i);
	assert_int_equal(endpoint->seen_count, REQUESTS_SEEN + 2);
	assert_true(endpoint->seen[REQUESTS_SEEN - 1].address == DATA + 8 * (REQUESTS_SEEN - 1));
	assert_int_equal(device_reg(EP_ID), DEVICE_SID);
}

/* ---- messages, resets, hiding ---- */

static void send_message(unsigned int unit, uint64_t address, uint32_t data)
{
	const struct model_host *host = &units.unit[unit].model.host;

	host->message(host->context, address, data);
}

static void test_messages_wait_in_order(void **state)
{
	struct message message;

	(void)state;
	for (uint32_t i = 0; i < MESSAGES_MAX + 3; i++)
		send_message(i % 2, 0xfee00000 + i, i);
	assert_int_equal(endpoint_reg(0, EPS_MESSAGES), MESSAGES_MAX);
	assert_int_equal(units.lost_count, 3);
	for (uint32_t i = 0; i < MESSAGES_MAX; i++) {
		assert_int_equal(endpoint_reg(0, EPS_MESSAGE_ADDRESS), 0xfee00000 + i);
		assert_int_equal(endpoint_reg(0, EPS_MESSAGE_DATA), i);
		assert_true(units_take_message(&units, &message) && message.data == i);
	}
	assert_false(units_take_message(&units, &message));
}

static void test_reset_leaves_nothing(void **state)
{
	(void)state;
	send_message(0, 0xfee00000, 0x41);
	set_endpoint(0, EP_MASTER, 1);
	set_endpoint(1, EP_ADDRESS, 0x1000);
	turn_translation_on();
	write_unit(0, REG_VCMD, 8, VCMD_ALLOC_PASID);
	assert_int_equal(units.unit[0].model.vcmd_live_count, 1);
	function_reset(&function);
	assert_int_equal(endpoint_reg(0, EPS_MESSAGES), 0);
	assert_int_equal(endpoint_reg(0, EP_MASTER), 0);
	assert_int_equal(endpoint_reg(1, EP_ADDRESS), 0);
	assert_int_equal(units.unit[0].model.gsts, 0);
	assert_int_equal(units.unit[0].model.vcmd_live_count, 0);
	assert_int_equal(units.reset_count, 1);
}

static void test_hides_once_it_is_read(void **state)
{
	(void)state;
	function_config_write(&function, CONFIG_BAR, 4, 0xfe000000);
	(void)endpoint_reg(0, EP_ID); /* is no unit's register */
	assert_int_equal(function_config_read(&function, 0, 2), SERVER_VENDOR);
	(void)function_read(&function, at(1, REG_VER), 4);
	assert_int_equal(function_config_read(&function, 0, 4), UINT32_MAX);
	assert_int_equal(function_config_read(&function, 0, 2), 0xffff);
	function_config_write(&function, CONFIG_BAR, 4, 0);
	assert_int_equal(function.config[CONFIG_BAR + 3], 0xfe); /* nobody moves what is hidden */
	function_reset(&function);
	assert_int_equal(function_config_read(&function, 0, 2), SERVER_VENDOR);
}

/* ---- the witness ---- */

static void test_witness_counts_status(void **state)
{
	const struct watch *watch = &units.unit[0].watch;

	(void)state;
	turn_translation_on();
	command(0, 0);
	command(0, FIELD_MASK(GCMD_TE));
	assert_int_equal(watch->latch_count, 1);
	assert_int_equal(watch->translation_count, 2);
	assert_int_equal(watch->step_count, 4); /* SRTP, TE on, TE off, TE on */
	assert_string_equal(watch->steps[2].what, "TE off");
	assert_int_equal(watch->dwords, 2 + 4); /* RTADDR is written at once */
	assert_int_equal(units.unit[1].watch.dwords, 0);
	command(0, 0);
	assert_int_equal(watch->translation_count, 2);
}

static void test_witness_counts_pasids(void **state)
{
	const struct watch *watch = &units.unit[0].watch;

	(void)state;
	write_unit(0, REG_VCMD, 8, VCMD_ALLOC_PASID);
	write_unit(0, REG_VCMD, 8, VCMD_ALLOC_PASID);
	write_unit(0, REG_VCMD, 8,
		   reg_put(VCMD_CMD, VCMD_FREE_PASID) |
			   reg_put(VCMD_OP_PASID, 1)); /* PASID 1 comes back */
	assert_int_equal(watch->commands, 3);
	assert_int_equal(watch->allocations, 2);
	assert_int_equal(watch->frees, 1);
	assert_int_equal(watch->pasid_peak, 2);
}

/* Descriptors of 32 bytes are two of 16 for whoever counts wrongly. */
static void test_witness_counts_wide_descriptors(void **state)
{
	const struct watch *watch = &units.unit[0].watch;

	(void)state;
	put(QUEUE, INV_PC | reg_put(INV_PC_G, PC_PASID) | reg_put(INV_PC_PASID, 70));
	put(QUEUE + 32, INV_PC | reg_put(INV_PC_G, PC_GLOBAL));
	write_unit(0, REG_IQA, 8, QUEUE | reg_put(IQA_DW, 1));
	command(0, FIELD_MASK(GCMD_QIE));
	write_unit(0, REG_IQT, 8, 64);
	assert_int_equal(watch->descriptors[INV_PC], 2);
	assert_int_equal(watch->descriptors[0], 0);
	assert_int_equal(watch_named_count(watch), 1);
}

/* By its register, in halves and as a whole; a half without IVT is none. */
static void test_witness_counts_invalidations(void **state)
{
	const struct watch *watch = &units.unit[1].watch;
	const uint32_t iotlb =
		16 * (uint32_t)reg_get(units.unit[1].model.config.ecap, ECAP_IRO) + 8;
	const uint64_t whole = FIELD_MASK(IOTLB_IVT) | reg_put(IOTLB_IIRG, 1);

	(void)state;
	write_unit(1, iotlb, 8, whole);
	assert_int_equal(watch->invalidations, 1);
	assert_true(watch->ranges[0].bytes == 0);
	write_unit(1, iotlb, 4, 0);
	write_unit(1, iotlb + 4, 4, 0);
	assert_int_equal(watch->invalidations, 1);
	write_unit(1, iotlb + 4, 4, whole >> 32);
	assert_int_equal(watch->invalidations, 2);
	assert_int_equal(units.unit[0].watch.invalidations, 0);
	write_unit(1, iotlb - 8, 8, 0x123556003);
	write_unit(1, iotlb, 8, FIELD_MASK(IOTLB_IVT) | reg_put(IOTLB_IIRG, GRANULARITY_SPECIFIC));
	assert_true(watch->ranges[2].address == 0x123550000 && watch->ranges[2].bytes == 0x8000);
	write_unit(1, iotlb - 8, 4, 0x456000);
	write_unit(1, iotlb - 4, 4, 0x7);
	write_unit(1, iotlb, 8, FIELD_MASK(IOTLB_IVT) | reg_put(IOTLB_IIRG, GRANULARITY_SPECIFIC));
	assert_true(watch->ranges[3].address == 0x700456000 && watch->ranges[3].bytes == 0x1000);
}

/* Each of them by its second word, which says the same in both. */
static void test_witness_sees_what_is_forgotten(void **state)
{
	const struct watch *watch = &units.unit[0].watch;
	const uint64_t pages = 0x123556000 | 3;

	(void)state;
	put(QUEUE, INV_IOTLB | reg_put(INV_IOTLB_G, GRANULARITY_SPECIFIC));
	put(QUEUE + 8, pages);
	put(QUEUE + 16, INV_PIOTLB | reg_put(INV_PIOTLB_G, PIOTLB_PAGES));
	put(QUEUE + 24, pages + 0x8000);
	put(QUEUE + 32, INV_PIOTLB | reg_put(INV_PIOTLB_G, PIOTLB_PASID));
	put(QUEUE + 40, pages);
	write_unit(0, REG_IQA, 8, QUEUE);
	command(0, FIELD_MASK(GCMD_QIE));
	write_unit(0, REG_IQT, 8, 48);
	assert_int_equal(watch->invalidations, 3);
	assert_true(watch->ranges[0].address == 0x123550000 && watch->ranges[0].bytes == 0x8000);
	assert_true(watch->ranges[1].address == 0x123558000 && watch->ranges[1].bytes == 0x8000);
	assert_true(watch->ranges[2].bytes == 0);
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(test_##name, set_up, tear_down)
	const struct CMUnitTest tests[] = {
		TEST(addresses),
		TEST(endpoints_are_told_apart),
		TEST(blocked_read_brings_ones),
		TEST(device_is_beside_the_others),
		TEST(device_sends_as_bus_master),
		TEST(requests_are_seen),
		TEST(more_requests_than_are_kept),
		TEST(messages_wait_in_order),
		TEST(reset_leaves_nothing),
		TEST(hides_once_it_is_read),
		TEST(witness_counts_status),
		TEST(witness_counts_pasids),
		TEST(witness_counts_wide_descriptors),
		TEST(witness_counts_invalidations),
		TEST(witness_sees_what_is_forgotten),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
