/* SPDX-License-Identifier: MIT */
/*
 * NVMe controllers of every temper: one that works, one that is slow, silent, gives up, resets itself, or does not do as
 * its enable bit says. Each ends in an answer and words, none in a wait for ever; and nothing but harmless commands is given.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "arch/bits.h"
#include "arch/console.h"
#include "arch/page.h"
#include "arch/pci.h"
#include "arch/time.h"
#include "tests/host/check.h"
#include "tests/host/scenes/served_pci.h"
#include "tests/scenes/agents/nvme.h"
#include "tests/scenes/agents/nvme_registers.h"

enum temper { GOOD, LATE, SILENT, GIVES_UP, RESETS, GONE, FAILS_DATA, NEVER_READY, NEVER_RESETS };

static enum temper temper;
static _Alignas(4096) uint8_t registers[0x2000];
static unsigned int head, completions, delay;
static unsigned int opcodes; /* a bit for each that was fetched */
static uint64_t now_us;

static struct agent agent;
static _Alignas(4096) uint8_t mailbox[2 * 4096], page[4096];

/* ---- the controller ---- */

static uint32_t *reg32(unsigned int at)
{
	return (uint32_t *)(void *)(registers + at);
}

static uint64_t reg64(unsigned int at)
{
	return *(uint64_t *)(void *)(registers + at);
}

static void write_data(const struct nvme_command *command)
{
	uint8_t *to = (uint8_t *)(uintptr_t)command->prp1;
	const unsigned int bytes = ((command->dwords[0] >> 16) + 1) * 4;

	for (unsigned int i = 0; i < bytes; i++)
		to[i] = (uint8_t)(i * 7 + 1);
}

static void complete(const struct nvme_command *command, uint32_t status)
{
	struct nvme_completion *queue = (void *)(uintptr_t)reg64(NVME_ACQ);
	const uint32_t phase = !(completions / NVME_ENTRIES % 2);

	queue[completions++ % NVME_ENTRIES].id_and_status =
		command->opcode_and_id >> 16 | phase << 16 | status << 17;
}

static uint64_t second_page; /* PRP2 of the last command */

static void execute(void)
{
	const struct nvme_command *queue = (const void *)(uintptr_t)reg64(NVME_ASQ);
	const struct nvme_command *command = &queue[head];
	const unsigned int opcode = command->opcode_and_id & 0xff;

	head = (head + 1) % NVME_ENTRIES;
	opcodes |= 1u << (opcode < 31 ? opcode : 31);
	second_page = command->prp2;
	if (opcode == NVME_GET_LOG_PAGE && temper != FAILS_DATA)
		write_data(command);
	complete(command, temper == FAILS_DATA ? 4 : 0);
}

static void work(void)
{
	if (head == *reg32(NVME_DOORBELLS) || temper == SILENT || (temper == LATE && ++delay < 400))
		return;
	delay = 0;
	if (temper == GIVES_UP)
		*reg32(NVME_CSTS) = NVME_CSTS_CFS | NVME_CSTS_RDY;
	else if (temper == RESETS)
		*reg32(NVME_CSTS) = 0;
	else if (temper == GONE)
		*reg32(NVME_CSTS) = UINT32_MAX;
	else
		execute();
}

/* Time passes for the controller while the driver idles. */
void time_idle_us(uint64_t us)
{
	const bool is_enabled = *reg32(NVME_CC) & NVME_CC_EN;

	now_us += us;
	if (!is_enabled && temper != NEVER_RESETS) {
		*reg32(NVME_CSTS) = 0;
		head = completions = 0;
		*reg32(NVME_DOORBELLS) = 0;
	} else if (is_enabled && !(*reg32(NVME_CSTS) & NVME_CSTS_RDY)) {
		head = completions = 0;
		*reg32(NVME_DOORBELLS) = 0;
		*reg32(NVME_CSTS) = temper == NEVER_READY ? 0 : NVME_CSTS_RDY;
	} else if (is_enabled) {
		work();
	}
}

/* ---- around it ---- */

struct deadline deadline_after_us(uint64_t us)
{
	return (struct deadline){ .end_tsc = now_us + us };
}

bool deadline_passed(const struct deadline *deadline)
{
	now_us += 1000;
	return now_us > deadline->end_tsc;
}

/* ---- the cases ---- */

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

/* A controller that firmware left on, found and made ready while it was good. */
static int set_up(void **state)
{
	const char *complaint;

	(void)state;
	memset(registers, 0, sizeof(registers));
	*(uint64_t *)(void *)(registers + NVME_CAP) = UINT64_C(1) << 37 | 2u << 24;
	*reg32(NVME_CC) = NVME_CC_EN;
	*reg32(NVME_CSTS) = NVME_CSTS_RDY;
	temper = GOOD;
	served_pci = (struct served_pci){
		.class_code = NVME_CLASS,
		.bar = registers,
		.bar_bytes = sizeof(registers),
	};
	opcodes = 0;
	assert_true(nvme_find(&agent, 0, &complaint));
	return 0;
}

static void make_ready(void)
{
	assert_null(agent.prepare(&agent));
	agent.settle(&agent, iova((uintptr_t)mailbox), mailbox);
	agent.set_bus_master(&agent, true);
	served_pci.said[0] = 0;
}

static void test_works(void **state)
{
	const char *complaint;

	(void)state;
	assert_false(nvme_find(&agent, 1, &complaint));
	assert_null(complaint);
	assert_true(nvme_find(&agent, 0, &complaint));
	assert_int_equal(*reg32(NVME_CC), NVME_CC_EN); /* not touched before it is made ready */
	assert_null(agent.prepare(&agent));
	assert_non_null(strstr(served_pci.said, "left enabled: reset"));
	make_ready();
	for (unsigned int i = 0; i < 3 * NVME_ENTRIES; i++) {
		assert_true(store());
		assert_true(arrived());
		assert_memory_equal(page, agent.limits.writes, 8);
		assert_false(agent.is_fetch_blocked);
	}
	agent.mark(page, 5);
	assert_true(agent.load(&agent, at(page), 0, 4));
	assert_int_equal(agent.came, 5);
	assert_int_equal(opcodes, 1u << NVME_GET_LOG_PAGE | 1u << NVME_ABORT);
	assert_true(store() && arrived());
	assert_string_equal(served_pci.said, "");
}

/* A second page is named only where the data reach it. */
static void test_second_page(void **state)
{
	static _Alignas(4096) uint8_t pages[2 * 4096];

	(void)state;
	make_ready();
	assert_true(agent.store(&agent, at(pages), 0, 8));
	assert_true(second_page == 0);
	assert_true(agent.store(&agent, at(pages + 4096 - 8), 0, 8));
	assert_true(second_page == 0);
	assert_true(agent.store(&agent, at(pages + 4096 - 4), 0, 8));
	assert_true(second_page == (uintptr_t)pages + 4096);
}

static void test_left_reset(void **state)
{
	(void)state;
	make_ready();
	assert_true(store());
	assert_true(*reg32(NVME_CC) & NVME_CC_EN);
	agent.set_bus_master(&agent, false);
	assert_int_equal(*reg32(NVME_CC), 0);
	assert_false(served_pci.is_bus_master);
}

/* It works again when it is good again; meanwhile `words` were said, and a store ends with `result`. */
static void recovers(enum temper from, bool result, const char *words)
{
	make_ready();
	temper = from;
	assert_int_equal(store(), result);
	assert_false(arrived());
	assert_non_null(strstr(served_pci.said, words));
	temper = GOOD;
	assert_true(store());
	assert_true(arrived());
	assert_false(agent.is_fetch_blocked);
	assert_null(strstr(served_pci.said, "was not given")); /* nothing of before is left in it */
}

static void test_late(void **state)
{
	(void)state;
	make_ready();
	temper = LATE;
	assert_true(store());
	assert_true(arrived());
	assert_string_equal(served_pci.said, "");
}

static void test_silent(void **state)
{
	uint64_t before;

	(void)state;
	recovers(SILENT, false, "does not answer within a second");
	temper = SILENT;
	before = now_us;
	for (unsigned int i = 0; i < 5; i++)
		assert_false(store());
	assert_true(now_us - before < 10000000);
	assert_non_null(strstr(served_pci.said, "no more is told"));
}

static void test_gives_up(void **state)
{
	(void)state;
	make_ready();
	assert_true(store());
	temper = GIVES_UP;
	assert_true(store());
	assert_false(arrived());
	assert_true(agent.is_fetch_blocked);
	assert_int_equal(agent.fetch.value, (uintptr_t)mailbox + sizeof(struct nvme_command));
	assert_true(agent.load(&agent, at(page), 0, 4));
	assert_int_equal(agent.came, AGENT_CAME_NOTHING);
	temper = GOOD;
	assert_true(store() && arrived());
}

static void test_resets(void **state)
{
	(void)state;
	recovers(RESETS, false, "was reset in the middle of a command");
	assert_int_equal(agent.silent_count, 1); /* so the unit is not blamed */
}

static void test_gone(void **state)
{
	(void)state;
	recovers(GONE, false, "is gone (CSTS ffffffff)");
	assert_int_equal(agent.silent_count, 1);
}

static void test_fails_data(void **state)
{
	(void)state;
	recovers(FAILS_DATA, true, "");
}

static void test_strange_command(void **state)
{
	(void)state;
	make_ready();
	memset(page, 0, sizeof(page));
	assert_true(agent.load(&agent, at(page), 0, 4));
	assert_int_equal(agent.came, AGENT_CAME_STRANGE);
}

static void test_never_ready(void **state)
{
	(void)state;
	temper = NEVER_READY;
	assert_non_null(agent.prepare(&agent));
	assert_non_null(strstr(served_pci.said, "does not become ready"));
}

static void test_never_resets(void **state)
{
	(void)state;
	temper = NEVER_RESETS;
	assert_string_equal(agent.prepare(&agent), "it does not reset");
	assert_non_null(strstr(served_pci.said, "does not reset (CSTS 1)"));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup(test_works, set_up),
		cmocka_unit_test_setup(test_left_reset, set_up),
		cmocka_unit_test_setup(test_second_page, set_up),
		cmocka_unit_test_setup(test_late, set_up),
		cmocka_unit_test_setup(test_silent, set_up),
		cmocka_unit_test_setup(test_gives_up, set_up),
		cmocka_unit_test_setup(test_resets, set_up),
		cmocka_unit_test_setup(test_gone, set_up),
		cmocka_unit_test_setup(test_fails_data, set_up),
		cmocka_unit_test_setup(test_strange_command, set_up),
		cmocka_unit_test_setup(test_never_ready, set_up),
		cmocka_unit_test_setup(test_never_resets, set_up),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
