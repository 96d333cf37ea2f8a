/* SPDX-License-Identifier: MIT */
/*
 * USB host controllers of every temper: what they do ends in an answer and words, none in a wait for ever; what is
 * blocked is told from what does not work; no port is written and no slot enabled.
 */
#include <string.h>

#include "tests/host/check.h"
#include "tests/host/scenes/served_pci.h"
#include "tests/host/scenes/served_xhci.h"
#include "tests/scenes/agents/xhci.h"
#include "tests/scenes/agents/xhci_registers.h"

static struct agent agent;
static _Alignas(4096) uint8_t mailbox[40 * 4096], page[4096], pages[2 * 4096];

static struct dma_address at(const void *where)
{
	return (struct dma_address){ .iova = iova((uintptr_t)where) };
}

static bool store(void)
{
	memset(page, 0, sizeof(page));
	return agent.store(&agent, at(page), 0, 16);
}

/* The event, and nothing else. */
static bool arrived(void)
{
	bool is_empty = true;

	for (unsigned int i = 16; i < sizeof(page); i++)
		is_empty = is_empty && !page[i];
	return is_empty && !memcmp(page, agent.limits.writes, 16);
}

static unsigned int load(unsigned int mark)
{
	memset(page, 0xa7, sizeof(page));
	agent.mark(page, mark);
	assert_true(agent.load(&agent, at(page), 0, 16));
	return agent.came;
}

static int set_up(void **state)
{
	(void)state;
	served_start();
	return 0;
}

static const char *find_and_prepare(void)
{
	const char *complaint = NULL;

	if (!xhci_find(&agent, 0, &complaint))
		return complaint;
	return agent.prepare(&agent);
}

static void make_ready(void)
{
	assert_null(find_and_prepare());
	agent.settle(&agent, iova((uintptr_t)mailbox), mailbox);
	agent.set_bus_master(&agent, true);
	served_pci.said[0] = 0;
}

static void check_untouched(void)
{
	assert_int_equal(served.port_writes, 0);
	assert_int_equal(served.stray_writes, 0);
	assert_int_equal(served.slots, 0);
	assert_int_equal(served.types & ~(1u << XHCI_NO_OP | 1u << XHCI_RESERVED_TYPE), 0);
}

/* ---- it works ---- */

static void moves_both_ways(void)
{
	for (unsigned int i = 0; i < 40; i++) {
		assert_true(store() && arrived());
		assert_false(agent.is_fetch_blocked);
		assert_false(served.is_running);
		assert_int_equal(load(1 + i * 6), 1 + i * 6);
		assert_false(agent.is_fetch_blocked);
	}
	check_untouched();
	assert_string_equal(served_pci.said, "");
	assert_int_equal(agent.silent_count, 0);
}

static void test_works(void **state)
{
	const char *complaint;

	(void)state;
	assert_false(xhci_find(&agent, 1, &complaint));
	assert_null(complaint);
	assert_true(xhci_find(&agent, 0, &complaint));
	assert_int_equal(served.resets, 0); /* not touched before it is made ready */
	make_ready();
	assert_true(agent_can(&agent, AGENT_READ));
	assert_false(agent_can(&agent, AGENT_BUFFER) || agent_can(&agent, AGENT_ALONE));
	served.resets = 0;
	moves_both_ways();
	assert_true(served.resets <= 1); /* ports are reset with it: once is enough */
}

/* Whenever it fetches its table of segments, and however many ports have something on them. */
static void test_ports_and_fetches(void **state)
{
	(void)state;
	for (enum fetch_time when = WHEN_WRITTEN; when <= WHEN_NEEDED; when++)
		for (unsigned int connected = 0; connected < 4; connected++) {
			served_start();
			served.fetch_time = when;
			served.connected = connected;
			make_ready();
			moves_both_ways();
		}
}

static void test_limits(void **state)
{
	(void)state;
	make_ready();
	assert_true(agent_fits(&agent, 0, 16, false) && agent_fits(&agent, 4096 - 64, 16, false));
	assert_false(agent_fits(&agent, 0, 4, false) || agent_fits(&agent, 0, 32, false));
	assert_false(agent_fits(&agent, 16, 16, false) || agent_fits(&agent, 64, 16, true));
	memset(pages, 0, sizeof(pages));
	assert_true(agent.store(&agent, at(pages + 4096 - 64), 0, 16));
	assert_memory_equal(pages + 4096 - 64, agent.limits.writes, 16);
	assert_true(!pages[4096 - 48] && !pages[4096 - 65]);
}

static void test_left_reset(void **state)
{
	(void)state;
	make_ready();
	assert_true(store());
	served.resets = 0;
	agent.set_bus_master(&agent, false);
	assert_int_equal(served.resets, 1);
	assert_false(served_pci.is_bus_master || served.is_running);
}

/* The pages that it wants lie behind those of ours, and it is not given others before it is reset. */
static void test_scratchpads(void **state)
{
	uint64_t list;

	(void)state;
	served.scratchpads = 33;
	make_ready();
	assert_int_equal(agent.limits.mailbox_pages, 35);
	moves_both_ways();
	memcpy(&list, mailbox + 0x200, sizeof(list));
	assert_true(list / 4096 == (uintptr_t)mailbox / 4096);
	for (unsigned int i = 0; i < 33; i++) {
		uint64_t own;

		memcpy(&own, (const uint8_t *)(uintptr_t)list + i * 8, sizeof(own));
		assert_true(own == (uintptr_t)mailbox + (2 + i) * 4096);
	}
	served.resets = 0;
	agent.settle(&agent, iova((uintptr_t)mailbox), mailbox);
	assert_true(store() && arrived());
	assert_int_equal(served.resets, 1);
}

static void test_too_many_scratchpads(void **state)
{
	(void)state;
	served.scratchpads = 200;
	assert_string_equal(find_and_prepare(), "it wants more pages for itself than a scene has");
}

/* ---- firmware's use ---- */

static void test_firmware_lets_go(void **state)
{
	(void)state;
	served_give_to_firmware();
	assert_null(find_and_prepare());
	assert_non_null(strstr(served_pci.said, "was firmware's: handed over"));
	assert_non_null(strstr(served_pci.said, "was left running: halted and reset"));
	assert_false(served.has_smis);
	check_untouched();
}

static void test_firmware_keeps_it(void **state)
{
	(void)state;
	served_give_to_firmware();
	served.is_kept = true;
	assert_string_equal(find_and_prepare(), "firmware does not give it up");
	assert_int_equal(served.resets, 0);
}

/* ---- what is blocked ---- */

/* A read that is blocked is answered by a system error, or by nothing; the next transfer works. */
static void loads_nothing(enum temper temper)
{
	make_ready();
	served.temper = temper;
	assert_int_equal(load(0x42), 0x42);
	served.no_reads = page;
	assert_int_equal(load(0x42), AGENT_CAME_NOTHING);
	assert_false(agent.is_fetch_blocked);
	assert_int_equal(served.reads_blocked, 1);
	served.no_reads = NULL;
	assert_int_equal(load(0x42), 0x42);
	assert_true(store() && arrived());
	assert_int_equal(agent.silent_count, 0);
	assert_string_equal(served_pci.said, "");
}

static void test_blocked_read(void **state)
{
	(void)state;
	loads_nothing(GOOD);
	served_start();
	loads_nothing(IS_QUIET);
	served_start();
	served.connected = 2;
	loads_nothing(GOOD);
}

static void test_blocked_write(void **state)
{
	(void)state;
	make_ready();
	served.no_writes = page;
	assert_true(store());
	assert_false(arrived() || agent.is_fetch_blocked);
	served.no_writes = NULL;
	assert_true(store() && arrived());
	assert_int_equal(agent.silent_count, 0);
}

/* Whatever it was to do, the first page of its mailbox is what it was not let to, and nothing else is asked for. */
static void test_blocked_mailbox(void **state)
{
	(void)state;
	for (enum fetch_time when = WHEN_WRITTEN; when <= WHEN_NEEDED; when++) {
		served_start();
		served.fetch_time = when;
		make_ready();
		assert_true(store());
		served.no_reads = mailbox;
		assert_true(store());
		assert_false(arrived());
		assert_true(agent.is_fetch_blocked);
		assert_true(agent.fetch.value == (uintptr_t)mailbox);
		assert_int_equal(served.reads_blocked, 1);
		assert_ptr_equal(served.first_blocked, mailbox);
		assert_int_equal(load(0x42), AGENT_CAME_NOTHING);
		assert_int_equal(agent.is_fetch_blocked, when != WHEN_NEEDED);
		served.no_reads = NULL;
		assert_true(store() && arrived());
		assert_int_equal(load(0x42), 0x42);
	}
}

/* The same after a reset, while its ports would report. */
static void test_blocked_while_settling(void **state)
{
	(void)state;
	served.connected = 2;
	make_ready();
	served.no_reads = mailbox;
	assert_true(store());
	assert_true(agent.is_fetch_blocked);
	assert_int_equal(served.reads_blocked, 1);
	served.no_reads = NULL;
	moves_both_ways();
}

/* ---- what does not work ---- */

static void test_late(void **state)
{
	(void)state;
	make_ready();
	served.temper = LATE;
	assert_true(store() && arrived());
	assert_int_equal(load(0x42), 0x42);
	assert_string_equal(served_pci.said, "");
}

/* It is not taken for one that was blocked, and costs no more than a second each time. */
static void test_silent(void **state)
{
	uint64_t before;

	(void)state;
	make_ready();
	served.temper = SILENT;
	before = served.now_us;
	assert_false(store());
	assert_false(agent.load(&agent, at(page), 0, 16));
	assert_int_equal(agent.silent_count, 2);
	assert_true(served.now_us - before < 2000000);
	assert_non_null(strstr(served_pci.said, "does not answer in time"));
	served.temper = GOOD;
	assert_true(store() && arrived());
	assert_int_equal(load(0x42), 0x42);
}

static void test_gives_up(void **state)
{
	(void)state;
	make_ready();
	served.temper = GIVES_UP;
	assert_true(store());
	assert_false(arrived());
	assert_true(agent.is_fetch_blocked);
	assert_int_equal(load(0x42), AGENT_CAME_NOTHING);
	served.temper = GOOD;
	assert_true(store() && arrived());
	assert_int_equal(load(0x42), 0x42);
}

static void test_strange_page(void **state)
{
	(void)state;
	make_ready();
	memset(page, 0xff, sizeof(page)); /* commands of a type that there is not, without end */
	assert_true(agent.load(&agent, at(page), 0, 16));
	assert_int_equal(agent.came, AGENT_CAME_STRANGE);
	agent.mark(page, 0x42);
	memset(page + 3 * 16, 0, 16);
	assert_true(agent.load(&agent, at(page), 0, 16));
	assert_int_equal(agent.came, AGENT_CAME_STRANGE);
	memset(page, 0, sizeof(page));
	assert_true(agent.load(&agent, at(page), 0, 16));
	assert_int_equal(agent.came, AGENT_CAME_NOTHING);
	served.temper = IS_MISTAKEN;
	assert_int_equal(load(0x42), AGENT_CAME_STRANGE);
}

/* Lost for good, at the cost of one wait, and never taken for blocked. */
static void is_lost(enum temper temper, const char *words)
{
	uint64_t before;

	served_start();
	make_ready();
	assert_true(store());
	served.temper = temper;
	agent.set_bus_master(&agent, false);
	agent.set_bus_master(&agent, true);
	assert_non_null(strstr(served_pci.said, words));
	before = served.now_us;
	for (unsigned int i = 0; i < 100; i++)
		assert_false(store() || agent.load(&agent, at(page), 0, 16));
	assert_true(served.now_us - before < 10000);
	assert_int_equal(agent.silent_count, 200);
}

static void test_lost(void **state)
{
	(void)state;
	is_lost(NEVER_RESETS, "does not reset");
	is_lost(NEVER_READY, "is not ready after its reset");
	is_lost(GONE, "does not reset");
}

static void test_never_halts(void **state)
{
	(void)state;
	make_ready();
	served.temper = NEVER_HALTS;
	assert_false(store());
	assert_non_null(strstr(served_pci.said, "does not halt"));
	assert_int_equal(agent.silent_count, 1);
}

static void test_never_runs(void **state)
{
	(void)state;
	make_ready();
	assert_true(store());
	served.temper = NEVER_RUNS;
	assert_false(store());
	assert_non_null(strstr(served_pci.said, "does not start to run"));
	served.temper = GOOD;
	assert_true(store() && arrived());
}

/* It disappears while it is at work: not a word of that it was blocked. */
static void test_gone(void **state)
{
	(void)state;
	make_ready();
	assert_true(store());
	served.temper = VANISHES;
	assert_false(store());
	assert_false(agent.is_fetch_blocked);
	assert_int_equal(agent.silent_count, 1);
	served_start();
	served.temper = GONE;
	assert_string_equal(find_and_prepare(), "its registers read as ones");
}

/* A port's event would be taken for what was written. */
static void test_replugged(void **state)
{
	(void)state;
	make_ready();
	served.temper = REPLUGGED;
	assert_false(store());
	assert_non_null(strstr(served_pci.said, "a port reports a change"));
	served.temper = GOOD;
	served.connected = 1;
	assert_true(store() && arrived());
}

static void test_refused(void **state)
{
	(void)state;
	served.connected = 1;
	served.temper = REPORTS_AGAIN;
	assert_string_equal(find_and_prepare(), "it sends other events than one for each command");
	served_start();
	served.temper = SILENT;
	assert_string_equal(find_and_prepare(),
			    "it does not execute a command while its unit is off");
	served_start();
	served.temper = NEVER_RESETS;
	assert_string_equal(find_and_prepare(), "it does not reset");
}

static void test_writes_only(void **state)
{
	(void)state;
	served.temper = LIKES_ANYTHING;
	assert_null(find_and_prepare());
	assert_false(agent_can(&agent, AGENT_READ));
	assert_non_null(strstr(served_pci.said, "it only writes"));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup(test_works, set_up),
		cmocka_unit_test_setup(test_ports_and_fetches, set_up),
		cmocka_unit_test_setup(test_limits, set_up),
		cmocka_unit_test_setup(test_left_reset, set_up),
		cmocka_unit_test_setup(test_scratchpads, set_up),
		cmocka_unit_test_setup(test_too_many_scratchpads, set_up),
		cmocka_unit_test_setup(test_firmware_lets_go, set_up),
		cmocka_unit_test_setup(test_firmware_keeps_it, set_up),
		cmocka_unit_test_setup(test_blocked_read, set_up),
		cmocka_unit_test_setup(test_blocked_write, set_up),
		cmocka_unit_test_setup(test_blocked_mailbox, set_up),
		cmocka_unit_test_setup(test_blocked_while_settling, set_up),
		cmocka_unit_test_setup(test_late, set_up),
		cmocka_unit_test_setup(test_silent, set_up),
		cmocka_unit_test_setup(test_gives_up, set_up),
		cmocka_unit_test_setup(test_strange_page, set_up),
		cmocka_unit_test_setup(test_lost, set_up),
		cmocka_unit_test_setup(test_never_halts, set_up),
		cmocka_unit_test_setup(test_never_runs, set_up),
		cmocka_unit_test_setup(test_gone, set_up),
		cmocka_unit_test_setup(test_replugged, set_up),
		cmocka_unit_test_setup(test_refused, set_up),
		cmocka_unit_test_setup(test_writes_only, set_up),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
