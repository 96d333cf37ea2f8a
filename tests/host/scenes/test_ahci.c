/* SPDX-License-Identifier: MIT */
/*
 * SATA controllers of every temper: as hardware, which says that it could not fetch, and as an emulated one, which does not;
 * slow, silent, stopped in the middle, gone. Each ends in an answer and words, and nothing but harmless commands is given.
 */
#include <string.h>

#include "arch/cpu.h"
#include "arch/page.h"
#include "arch/time.h"
#include "tests/host/bringup/mmio_world.h"
#include "tests/host/check.h"
#include "tests/host/scenes/served_pci.h"
#include "tests/scenes/agents/ahci.h"
#include "tests/scenes/agents/ahci_registers.h"

enum temper { GOOD, LATE, SILENT, STOPS, GONE, NEVER_STOPS };
enum { REGISTERS_BYTES = 0x200, PORT = AHCI_PORTS, LATE_US = 300000, READY = 0x50, ERROR = 0x51 };

static enum temper temper;
static bool is_emulated, has_hypervisor, is_issued;
static uint32_t registers[REGISTERS_BYTES / 4];
static const void *no_reads, *no_writes; /* pages that it is not let to, or NULL */
static unsigned int resets, starts;
static bool has_seen[257]; /* commands; the last: what is none */
static uint64_t now_us, issued_us;

static struct agent agent;
static _Alignas(4096) uint8_t mailbox[2 * 4096], page[4096];

/* ---- the controller ---- */

static uint32_t *reg(unsigned int at)
{
	return &registers[at / 4];
}

static uint64_t address_at(unsigned int at)
{
	return *reg(at) | (uint64_t)*reg(at + 4) << 32;
}

static bool is_let(const void *forbidden, uint64_t address)
{
	const uint64_t from = (uintptr_t)forbidden;

	return served_pci.is_bus_master && (!forbidden || address - from >= PAGE_BYTES);
}

static void tell(uint32_t status)
{
	if (!is_emulated)
		*reg(PORT + AHCI_IS) |= status;
}

/* What hardware says of memory that it cannot reach; an emulated one goes on with zeros. */
static void fetch(uint64_t address, void *to, size_t bytes)
{
	memset(to, 0, bytes);
	if (address && is_let(no_reads, address))
		memcpy(to, (const void *)(uintptr_t)address, bytes);
	else
		tell(1u << 29);
}

static void receive(unsigned int at, uint8_t type)
{
	((uint8_t *)(uintptr_t)address_at(PORT + AHCI_FB))[at] = type;
}

static void send_words(const struct ahci_table *table, unsigned int regions)
{
	unsigned int at = 0;

	receive(AHCI_AT_PIO, AHCI_FIS_PIO);
	for (unsigned int i = 0; i < regions; i++) {
		uint8_t *to = (uint8_t *)(uintptr_t)table->regions[i].base;

		if (!is_let(no_writes, table->regions[i].base)) {
			tell(1u << 28);
			*reg(PORT + AHCI_CI) = is_emulated ? 0 : 1;
			return;
		}
		for (unsigned int j = 0; j <= table->regions[i].last_byte; j++, at++)
			to[j] = (uint8_t)(at * 7 + 1);
	}
	assert_int_equal(at, ATA_IDENTIFY_BYTES);
	*reg(PORT + AHCI_CI) = 0;
}

static void obey(const struct ahci_table *table, unsigned int regions)
{
	has_seen[table->fis.command] = true;
	*reg(PORT + AHCI_TFD) = READY;
	if (table->fis.command == ATA_IDENTIFY_DEVICE) {
		send_words(table, regions);
		return;
	}
	receive(AHCI_AT_REGISTERS, AHCI_FIS_DONE);
	if (table->fis.command == ATA_CHECK_POWER_MODE) {
		*reg(PORT + AHCI_CI) = 0;
		return;
	}
	*reg(PORT + AHCI_TFD) = ERROR;
	*reg(PORT + AHCI_IS) |= AHCI_IS_TFES;
}

static void execute(void)
{
	struct ahci_header header;
	struct ahci_table table;

	fetch(address_at(PORT + AHCI_CLB), &header, sizeof(header));
	if (*reg(PORT + AHCI_IS) & AHCI_IS_FATAL)
		return;
	fetch(header.table, &table, sizeof(table));
	if (*reg(PORT + AHCI_IS) & AHCI_IS_FATAL)
		return;
	if (table.fis.type == AHCI_FIS_REGISTERS && table.fis.flags == AHCI_FIS_IS_COMMAND &&
	    (header.flags & 0x1f) == 5) {
		obey(&table, header.region_count);
		return;
	}
	has_seen[256] = true;
	tell(1u << 27);
}

/* Time passes for the controller while the driver idles. */
void time_idle_us(uint64_t us)
{
	now_us += us;
	if (!is_issued || (temper == LATE && now_us - issued_us < LATE_US))
		return;
	is_issued = false;
	if (temper == SILENT)
		*reg(PORT + AHCI_TFD) |= 1u << 7;
	else if (temper == STOPS)
		*reg(PORT + AHCI_CMD) = *reg(PORT + AHCI_CI) = 0;
	else if (temper == GONE)
		memset(registers, 0xff, sizeof(registers));
	else
		execute();
}

static void write_command(uint32_t value)
{
	const bool has_started = value & ~*reg(PORT + AHCI_CMD) & AHCI_CMD_ST;
	const uint32_t stays = temper == NEVER_STOPS ? *reg(PORT + AHCI_CMD) & AHCI_CMD_CR : 0;

	starts += has_started;
	value &= ~(AHCI_CMD_CR | AHCI_CMD_FR);
	value |= stays | (value & AHCI_CMD_ST ? AHCI_CMD_CR : 0) |
		 (value & AHCI_CMD_FRE ? AHCI_CMD_FR : 0);
	if (!(value & AHCI_CMD_ST))
		*reg(PORT + AHCI_CI) = 0;
	*reg(PORT + AHCI_CMD) = value;
}

static void write_control(uint32_t value)
{
	assert_false(*reg(PORT + AHCI_CMD) &
		     AHCI_CMD_ST); /* a reset of a port that runs has no meaning */
	if ((*reg(PORT + AHCI_SCTL) & 0xf) == AHCI_DET_RESET && !(value & 0xf)) {
		resets++;
		*reg(PORT + AHCI_TFD) = READY;
	}
	*reg(PORT + AHCI_SCTL) = value;
}

uint32_t world_mmio_read32(const volatile void *address)
{
	return *(const volatile uint32_t *)address;
}

void world_mmio_write32(volatile void *address, uint32_t value)
{
	const unsigned int at = (unsigned int)((uintptr_t)address - (uintptr_t)registers);

	assert_true(at < PORT + AHCI_PORT_BYTES); /* no port but the first */
	if (*reg(PORT + AHCI_CMD) == UINT32_MAX)
		return;
	if (at == PORT + AHCI_CMD)
		write_command(value);
	else if (at == PORT + AHCI_SCTL)
		write_control(value);
	else if (at == PORT + AHCI_IS || at == PORT + AHCI_SERR)
		*reg(at) &= ~value;
	else if (at == AHCI_BOHC)
		*reg(at) = value & ~AHCI_BOHC_BOS; /* firmware lets go at once */
	else
		*reg(at) = value;
	if (at == PORT + AHCI_CI) {
		is_issued = *reg(PORT + AHCI_CMD) & AHCI_CMD_ST;
		issued_us = now_us;
	}
}

/* ---- around it ---- */

struct cpuid cpu_id(uint32_t leaf, uint32_t subleaf)
{
	(void)leaf, (void)subleaf;
	return (struct cpuid){ .ecx = has_hypervisor ? CPUID_1_ECX_HYPERVISOR : 0 };
}

struct deadline deadline_after_us(uint64_t us)
{
	return (struct deadline){ .end_tsc = now_us + us };
}

bool deadline_passed(const struct deadline *deadline)
{
	now_us += 100;
	return now_us > deadline->end_tsc;
}

/* As firmware left it: running, and its own. */
static int set_up(void **state)
{
	(void)state;
	memset(registers, 0, sizeof(registers));
	*reg(AHCI_CAP) = AHCI_CAP_S64A;
	*reg(AHCI_GHC) = AHCI_GHC_AE | AHCI_GHC_IE;
	*reg(AHCI_PI) = 1;
	*reg(AHCI_CAP2) = AHCI_CAP2_BOH;
	*reg(AHCI_BOHC) = AHCI_BOHC_BOS;
	*reg(PORT + AHCI_CMD) = AHCI_CMD_ST | AHCI_CMD_FRE | AHCI_CMD_CR | AHCI_CMD_FR;
	*reg(PORT + AHCI_TFD) = READY;
	*reg(PORT + AHCI_SIG) = AHCI_SIG_DISK;
	*reg(PORT + AHCI_SSTS) = 0x113;
	served_pci = (struct served_pci){ .class_code = AHCI_CLASS,
					  .bar = registers,
					  .bar_bytes = sizeof(registers) };
	memset(has_seen, 0, sizeof(has_seen));
	temper = GOOD;
	is_emulated = has_hypervisor = is_issued = false;
	no_reads = no_writes = NULL;
	resets = starts = 0;
	return 0;
}

static void make_ready(void)
{
	const char *complaint;

	assert_true(ahci_find(&agent, 0, &complaint));
	assert_null(agent.prepare(&agent));
	agent.settle(&agent, iova((uintptr_t)mailbox), mailbox);
	agent.set_bus_master(&agent, true);
	served_pci.said[0] = 0;
}

static void make_emulated_ready(void)
{
	is_emulated = has_hypervisor = true;
	make_ready();
}

static struct dma_address at(const void *where)
{
	return (struct dma_address){ .iova = iova((uintptr_t)where) };
}

static bool store(void)
{
	memset(page, 0, sizeof(page));
	return agent.store(&agent, at(page), 0, 8);
}

static bool arrived(void)
{
	return page[0] == 1 && page[7] == 50 && page[8] == 0;
}

static bool load(unsigned int mark)
{
	agent.mark(page, mark);
	return agent.load(&agent, at(page), 0, AHCI_TABLE_BYTES);
}

/* ---- the cases ---- */

static void works(void)
{
	for (unsigned int mark = 1; mark < 255; mark += 23) {
		assert_true(store() && arrived());
		assert_memory_equal(page, agent.limits.writes, 8);
		assert_true(load(mark));
		assert_int_equal(agent.came, mark);
		assert_false(agent.is_fetch_blocked);
	}
	assert_int_equal(agent.silent_count, 0);
	assert_string_equal(served_pci.said, "");
}

static void test_works(void **state)
{
	uint32_t before[REGISTERS_BYTES / 4];
	const char *complaint;

	(void)state;
	memcpy(before, registers, sizeof(before));
	assert_true(ahci_find(&agent, 0, &complaint));
	assert_memory_equal(before, registers,
			    sizeof(before)); /* not touched before it is made ready */
	assert_null(agent.prepare(&agent));
	assert_non_null(strstr(served_pci.said, "was firmware's: handed over"));
	assert_non_null(strstr(served_pci.said, "was left running: stopped and reset"));
	assert_int_equal(resets, 1);
	make_ready();
	works();
	agent.set_bus_master(&agent, false);
	assert_int_equal(*reg(PORT + AHCI_CMD) & (AHCI_CMD_CR | AHCI_CMD_FR), 0);
	assert_int_equal(*reg(AHCI_GHC), AHCI_GHC_AE); /* no interrupts */
	for (unsigned int i = 0; i < 257; i++)
		assert_int_equal(has_seen[i], i == ATA_NOP || i == ATA_IDENTIFY_DEVICE ||
						      i == ATA_CHECK_POWER_MODE);
	assert_false(ahci_find(&agent, 1, &complaint));
	assert_null(complaint);
}

static void refused_with(const char *words)
{
	const char *complaint;

	assert_false(ahci_find(&agent, 0, &complaint));
	assert_string_equal(complaint, words);
}

static void test_refused(void **state)
{
	(void)state;
	*reg(PORT + AHCI_SSTS) = 0;
	refused_with("no disk is at its ports");
	set_up(state);
	*reg(PORT + AHCI_SIG) = 0xeb140101; /* a CD drive */
	refused_with("no disk is at its ports");
	set_up(state);
	*reg(AHCI_PI) = 2; /* another port, with nothing */
	refused_with("no disk is at its ports");
	set_up(state);
	*reg(AHCI_CAP) = 0;
	refused_with("it has addresses of 32 bits only");
	set_up(state);
	served_pci.bar = NULL;
	refused_with("its BAR 5 has no address");
}

static void test_never_stops(void **state)
{
	const char *complaint;

	(void)state;
	assert_true(ahci_find(&agent, 0, &complaint));
	temper = NEVER_STOPS;
	assert_string_equal(agent.prepare(&agent), "a port of it does not stop");
}

static void test_late(void **state)
{
	(void)state;
	make_ready();
	temper = LATE;
	works();
}

/* Said, counted as silence, so that no unit is blamed; good again when it is good again, after a reset. */
static void recovers(enum temper from, const char *words)
{
	make_ready();
	assert_true(store() && arrived());
	resets = 0;
	temper = from;
	assert_false(store());
	assert_false(arrived());
	assert_int_equal(agent.silent_count, 1);
	assert_false(agent.is_fetch_blocked);
	assert_non_null(strstr(served_pci.said, words));
	temper = GOOD;
	agent.silent_count = 0;
	served_pci.said[0] = 0;
	works();
	assert_int_equal(resets, 1);
}

static void test_silent(void **state)
{
	(void)state;
	recovers(SILENT, "does not answer within a second: it is reset (IS 0, TFD d0)");
}

static void test_stops(void **state)
{
	(void)state;
	recovers(STOPS, "was reset in the middle of a command");
}

static void test_gone(void **state)
{
	(void)state;
	make_ready();
	temper = GONE;
	assert_false(store());
	assert_false(store());
	assert_false(load(5));
	assert_int_equal(agent.silent_count, 3);
	assert_non_null(strstr(served_pci.said, "is gone"));
}

/* Data that is blocked, a page that cannot be read, and the mailbox, where the fetch of the command is what is blocked. */
static void all_blocked(void)
{
	no_writes = page;
	assert_true(store());
	assert_false(arrived() || agent.is_fetch_blocked);
	no_writes = NULL;
	no_reads = page;
	assert_true(load(7));
	assert_int_equal(agent.came, AGENT_CAME_NOTHING);
	assert_false(agent.is_fetch_blocked);
	no_reads = mailbox;
	assert_true(store());
	assert_true(agent.is_fetch_blocked && !arrived());
	assert_int_equal(agent.fetch.value, (uintptr_t)mailbox);
	assert_true(load(7));
	assert_true(agent.is_fetch_blocked);
	assert_int_equal(agent.came, AGENT_CAME_NOTHING);
	no_reads = NULL;
	works();
}

static void test_blocked(void **state)
{
	(void)state;
	make_ready();
	all_blocked();
	assert_false(has_seen[256]);
}

static void test_blocked_emulated(void **state)
{
	(void)state;
	make_emulated_ready();
	all_blocked();
}

/* It looks at its areas when it is started, so it is not while they are out of reach. */
static void test_emulated_goes_on(void **state)
{
	(void)state;
	make_emulated_ready();
	assert_true(store());
	starts = 0;
	no_reads = mailbox;
	for (unsigned int i = 0; i < 5; i++)
		assert_true(store() && agent.is_fetch_blocked);
	assert_int_equal(starts, 0);
}

/* Where nobody has learned that it forgets what it cannot fetch, that is silence: on hardware no table of zeros is tried. */
static void test_quiet_hardware(void **state)
{
	(void)state;
	is_emulated = true;
	make_ready();
	assert_false(has_seen[256]);
	no_reads = mailbox;
	assert_false(store());
	assert_int_equal(agent.silent_count, 1);
}

static void test_strange_page(void **state)
{
	(void)state;
	make_ready();
	agent.mark(page, 9);
	memset(page + 3 * AHCI_TABLE_BYTES, 0, AHCI_TABLE_BYTES);
	assert_true(agent.load(&agent, at(page), 0, AHCI_TABLE_BYTES));
	assert_int_equal(agent.came, AGENT_CAME_STRANGE);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup(test_works, set_up),
		cmocka_unit_test_setup(test_refused, set_up),
		cmocka_unit_test_setup(test_never_stops, set_up),
		cmocka_unit_test_setup(test_late, set_up),
		cmocka_unit_test_setup(test_silent, set_up),
		cmocka_unit_test_setup(test_stops, set_up),
		cmocka_unit_test_setup(test_gone, set_up),
		cmocka_unit_test_setup(test_blocked, set_up),
		cmocka_unit_test_setup(test_blocked_emulated, set_up),
		cmocka_unit_test_setup(test_emulated_goes_on, set_up),
		cmocka_unit_test_setup(test_quiet_hardware, set_up),
		cmocka_unit_test_setup(test_strange_page, set_up),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
