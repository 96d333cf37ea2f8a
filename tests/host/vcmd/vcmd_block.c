/* SPDX-License-Identifier: MIT */
#include "tests/host/vcmd/vcmd_block.h"

#include <string.h>

#define ARRAY_COUNT(array) (sizeof(array) / sizeof((array)[0]))

struct vcmd_block fake;
struct unit unit;
struct vcmd vcmd;

static unsigned int shift(void)
{
	return fake.is_draft ? 8 : 16;
}

static uint64_t *response_register(void)
{
	return fake.is_draft ? &fake.e20 : &fake.e10;
}

static uint64_t answer_status(unsigned int status)
{
	return (uint64_t)status << 1;
}

static uint64_t answer_alloc(void)
{
	for (uint32_t i = 0; i < POOL; i++) {
		if (fake.is_live[i])
			continue;
		fake.is_live[i] = true;
		return (uint64_t)(fake.first + i) << shift();
	}
	return answer_status(fake.is_draft ? 2 : 16);
}

static uint64_t answer_free(uint32_t pasid)
{
	if (pasid < fake.first || pasid >= fake.first + POOL || !fake.is_live[pasid - fake.first])
		return answer_status(fake.is_draft ? 2 : 16);
	fake.is_live[pasid - fake.first] = false;
	return 0;
}

static uint64_t answer_to(uint64_t command)
{
	if (fake.forces_answer)
		return fake.forced_answer;
	switch (command & 0xff) {
	case 0:
		return 0;
	case 1:
		return answer_alloc();
	case 2:
		return answer_free((uint32_t)(command >> shift() & 0xfffff));
	default:
		return answer_status(1);
	}
}

void block_settle(void)
{
	if (fake.left_to_wait == 0)
		*response_register() = fake.answer;
}

static void take_command(uint64_t command)
{
	if (*response_register() & 1)
		return;
	*(fake.is_draft ? &fake.e10 : &fake.e00) = command;
	fake.commands++;
	fake.answer = answer_to(command);
	*response_register() = 1;
	fake.left_to_wait = fake.late_reads;
	block_settle();
}

static uint64_t fake_read(uint32_t offset)
{
	uint64_t *const slot = offset == 0xe00	 ? &fake.e00
			       : offset == 0xe10 ? &fake.e10
			       : offset == 0xe20 ? &fake.e20
			       : offset == 0xe30 ? &fake.e30
						 : NULL;
	uint64_t value;

	fake.reads++;
	assert_non_null(slot);
	value = *slot;
	if (slot == response_register() && value & 1 && fake.left_to_wait != NEVER) {
		if (fake.left_to_wait)
			fake.left_to_wait--;
		block_settle();
	}
	return value;
}

static void record_write(uint32_t offset)
{
	fake.write_offset[fake.writes++ % ARRAY_COUNT(fake.write_offset)] = offset;
}

uint64_t unit_read64(struct unit *u, uint32_t offset)
{
	u->read_count++;
	return fake_read(offset);
}

uint32_t unit_read32(struct unit *u, uint32_t offset)
{
	u->read_count++;
	return (uint32_t)(offset & 4 ? fake_read(offset - 4) >> 32 : fake_read(offset));
}

void unit_write64(struct unit *u, uint32_t offset, uint64_t value)
{
	u->write_count++;
	record_write(offset);
	if (offset == (fake.is_draft ? 0xe10u : 0xe00u))
		take_command(value);
}

void unit_write32(struct unit *u, uint32_t offset, uint32_t value)
{
	const uint32_t command = fake.is_draft ? 0xe10 : 0xe00;

	u->write_count++;
	record_write(offset);
	if (offset == command + 4)
		fake.operand_half = value;
	else if (offset == command)
		take_command((uint64_t)fake.operand_half << 32 | value);
}

void block_reset(bool is_draft)
{
	memset(&fake, 0, sizeof(fake));
	fake.is_draft = is_draft;
	fake.first = 1;
	if (is_draft)
		fake.e00 = 1;
	else
		fake.e30 = 7;
	unit = (struct unit){ .caps = { .ver = 0x60, .cap = CAP_CM_BIT, .ecap = ECAP_GOOD } };
}

void block_forget_accesses(void)
{
	fake.reads = 0;
	fake.writes = 0;
	fake.commands = 0;
}

void block_open(bool is_draft)
{
	block_reset(is_draft);
	assert_int_equal(vcmd_probe(&unit, VCMD_AUTO, &vcmd), VCMD_OK);
	assert_int_equal(fake.writes, 0);
	block_forget_accesses();
}

void expect_alloc(enum vcmd_error expected, uint32_t expected_pasid)
{
	uint32_t pasid = 999;

	expect_error(vcmd_alloc_pasid(&vcmd, &pasid), expected);
	assert_int_equal(pasid, expected_pasid);
}

void expect_free(uint32_t pasid, enum vcmd_error expected)
{
	expect_error(vcmd_free_pasid(&vcmd, pasid), expected);
}

void expect_run(uint8_t command, uint64_t operand, enum vcmd_error expected)
{
	struct vcmd_response response;

	expect_error(vcmd_run(&vcmd, command, operand, &response), expected);
}

void expect_accesses(unsigned int reads, unsigned int writes)
{
	assert_int_equal(fake.reads, reads);
	assert_int_equal(fake.writes, writes);
	block_forget_accesses();
}

void expect_words(const char *words)
{
	if (!strstr(unit.failure, words))
		fail_msg("\"%s\" is not in \"%s\"", words, unit.failure);
}
