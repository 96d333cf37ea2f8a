/* SPDX-License-Identifier: MIT */
/*
 * What is told of units that no machine here hands over: with translation, interrupt remapping or protected memory on, and
 * more devices than are tried. A device whose DMA was tried may not go on being a bus master.
 */
#include <stdlib.h>
#include <string.h>

#include "arch/console.h"
#include "arch/page.h"
#include "arch/paging.h"
#include "arch/pci.h"
#include "iommu/spec/regs.h"
#include "tests/engine/firmware.h"
#include "tests/engine/platform.h"
#include "tests/host/check.h"

enum { AGENTS = 12 };

struct platform platform;

static char said[4000];
static bool is_master[AGENTS], is_blocked, is_limited;
static uint64_t held[AGENTS][2]; /* what each read */
static unsigned int tried;

void console_write(const char *text, size_t bytes)
{
	strncat(said, text, bytes < sizeof(said) - strlen(said) - 1 ? bytes : 0);
}

_Noreturn void field_overflow(unsigned int hi, unsigned int lo, uint64_t value)
{
	(void)hi, (void)lo, (void)value;
	abort();
}

void *page_alloc(void)
{
	void *page = aligned_alloc(PAGE_BYTES, PAGE_BYTES);

	memset(page, 0, PAGE_BYTES);
	return page;
}

void page_free(void *page)
{
	free(page);
}

static const struct pci_device devices[] = {
	{ .was_bus_master = true },
	{ .was_bus_master = true, .header_type = PCI_HEADER_BRIDGE },
	{ .was_bus_master = false },
};

unsigned pci_count(void)
{
	return 3;
}

const struct pci_device *pci_get(unsigned index)
{
	return &devices[index];
}

/* Of the agents' functions, the even ones were left on. */
const struct pci_device *pci_at(uint16_t segment, uint8_t bus, uint8_t devfn)
{
	(void)segment, (void)bus;
	return &devices[devfn % 2 ? 2 : 0];
}

uint32_t unit_read32(struct unit *unit, uint32_t offset)
{
	return unit->index << 16 | offset;
}

uint64_t unit_read64(struct unit *unit, uint32_t offset)
{
	return (uint64_t)unit->index << 32 | offset;
}

static uint64_t region[2] __attribute__((aligned(16)));
static struct dmar_rmrr rmrr;

const void *paging_map_firmware(uint64_t phys, uint64_t bytes)
{
	return phys == (uintptr_t)region && bytes == 8 ? region : NULL;
}

/* ---- devices ---- */

static void set_bus_master(struct agent *agent, bool on)
{
	is_master[agent->function] = on;
}

static bool load(struct agent *agent, struct dma_address address, unsigned int offset,
		 unsigned int bytes)
{
	assert_true(is_master[agent->function]);
	tried += !offset;
	memset((char *)held[agent->function] + offset, 0xff, bytes);
	if (!is_blocked && !(is_limited && address.iova.value != (uintptr_t)region))
		memcpy((char *)held[agent->function] + offset,
		       (void *)(uintptr_t)address.iova.value, bytes);
	return true;
}

static bool store(struct agent *agent, struct dma_address address, unsigned int offset,
		  unsigned int bytes)
{
	assert_true(is_master[agent->function]);
	memcpy((void *)(uintptr_t)address.iova.value, (char *)held[agent->function] + offset,
	       bytes);
	return true;
}

static int set_up(void **state)
{
	(void)state;
	platform = (struct platform){ 0 };
	firmware_try_dma();
	firmware_report();
	platform = (struct platform){ .has_dmar = true, .unit_count = 4, .agent_count = AGENTS };
	for (unsigned int i = 0; i < platform.unit_count; i++)
		platform.units[i] = (struct unit){ .index = i, .source = UNIT_REAL };
	platform.units[3].source = UNIT_MODEL;
	for (uint16_t i = 0; i < AGENTS; i++)
		platform.agents[i] = (struct agent){ .name = "device",
						     .function = i,
						     .unit = &platform.units[0],
						     .limits.features = AGENT_BUFFER,
						     .load = load,
						     .store = store,
						     .set_bus_master = set_bus_master };
	said[0] = 0;
	is_blocked = is_limited = false;
	tried = 0;
	region[0] = 0;
	rmrr = (struct dmar_rmrr){ .base = (uintptr_t)region };
	platform.dmar.rmrrs = &rmrr;
	return 0;
}

/* ---- the cases ---- */

static void test_tells_each_unit(void **state)
{
	(void)state;
	platform.units[0].entry.gsts = (uint32_t)FIELD_MASK(GSTS_TES);
	platform.units[1].entry.gsts = (uint32_t)FIELD_MASK(GSTS_IRES);
	platform.units[2].entry.pmen = (uint32_t)FIELD_MASK(PMEN_EPM);
	firmware_report();
#define HANDED_OVER(n, te, ire, pm)                                                \
	"unit " n " handed over with translation " te ", interrupt remapping " ire \
	", protected memory " pm "\n"
	assert_non_null(strstr(said, HANDED_OVER("0", "on", "off", "off")));
	assert_non_null(strstr(said, HANDED_OVER("1", "off", "on", "off")));
	assert_non_null(strstr(said, HANDED_OVER("2", "off", "off", "on")));
	assert_null(strstr(said, "unit 3"));
	assert_non_null(strstr(said, "unit 2 protects PLMBASE 20068 to PLMLIMIT 2006c and PHMBASE "
				     "200000070 to PHMLIMIT 200000078\n"));
	assert_null(strstr(said, "unit 0 protects"));
	assert_non_null(strstr(said, "is not set; devices with bus mastering on: 1\n"));
}

static void test_says_nothing_of_our_own_table(void **state)
{
	(void)state;
	platform.dmar_is_ours = true;
	firmware_report();
	assert_string_equal(said, "");
}

static void test_tries_no_more_than_it_keeps(void **state)
{
	(void)state;
	platform.agents[0].unit = &platform.units[3];
	platform.agents[1].limits.features = AGENT_READ;
	firmware_try_dma();
	assert_int_equal(tried, 8);
	for (unsigned int i = 0; i < AGENTS; i++)
		assert_false(is_master[i]);
	firmware_report();
	assert_null(strstr(said, "DMA of device 00:00.0 "));
	assert_null(strstr(said, "DMA of device 00:00.1 "));
	assert_non_null(strstr(said, "DMA of device 00:01.1 at hand-over: open"));
	assert_null(strstr(said, "00:01.2"));
	for (unsigned int i = 0; i < AGENTS; i++)
		assert_false(is_master[i]);
}

static void test_tells_what_was_blocked(void **state)
{
	(void)state;
	platform.agent_count = 1;
	is_blocked = true;
	firmware_try_dma();
	firmware_report();
	assert_non_null(strstr(said, "DMA of device 00:00.0 at hand-over: blocked"));
}

/* One that was left on reaches a page of ours: that is what stands against the flag. */
static void test_finds_the_open_device(void **state)
{
	(void)state;
	platform.agents[0].unit = &platform.units[3]; /* left on, and not tried */
	firmware_try_dma();
	assert_null(firmware_find_open());
	firmware_report();
	assert_ptr_equal(firmware_find_open(), &platform.agents[2]);
}

static void test_finds_none_that_is_blocked_or_was_off(void **state)
{
	(void)state;
	platform.agent_count = 2;
	platform.agents[0].unit = &platform.units[3];
	firmware_try_dma();
	firmware_report();
	assert_non_null(strstr(said, "DMA of device 00:00.1 at hand-over: open"));
	assert_null(firmware_find_open());
	is_blocked = true;
	platform.agents[0].unit = &platform.units[0];
	firmware_try_dma();
	firmware_report();
	assert_null(firmware_find_open());
}

static void test_tells_what_is_limited(void **state)
{
	(void)state;
	platform.agent_count = 1;
	platform.dmar.rmrr_count = 1;
	region[0] = 0x1234;
	is_limited = true;
	firmware_try_dma();
	firmware_report();
	assert_non_null(strstr(said, "00:00.0 at hand-over: limited, it read a reserved region"));
	assert_null(firmware_find_open());
}

/* What a failed read brings, too, is no proof. */
static void test_an_empty_region_shows_nothing(void **state)
{
	(void)state;
	platform.agent_count = 1;
	platform.dmar.rmrr_count = 1;
	region[0] = UINT64_MAX;
	is_limited = true;
	firmware_try_dma();
	firmware_report();
	assert_non_null(strstr(said, "hand-over: blocked, it could not read a page of ours\n"));
}

static void test_blocked_from_both(void **state)
{
	(void)state;
	platform.agent_count = 1;
	platform.dmar.rmrr_count = 1;
	region[0] = 0x1234;
	is_blocked = true;
	firmware_try_dma();
	firmware_report();
	assert_non_null(strstr(said, "hand-over: blocked, it could read neither"));
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup(test_##name, set_up)
	const struct CMUnitTest tests[] = {
		TEST(tells_each_unit),
		TEST(says_nothing_of_our_own_table),
		TEST(tries_no_more_than_it_keeps),
		TEST(tells_what_was_blocked),
		TEST(finds_the_open_device),
		TEST(finds_none_that_is_blocked_or_was_off),
		TEST(tells_what_is_limited),
		TEST(an_empty_region_shows_nothing),
		TEST(blocked_from_both),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
