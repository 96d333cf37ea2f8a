/* SPDX-License-Identifier: MIT */
/*
 * The virtual command interface of the model in both layouts, with every kind of misbehaviour.
 */
#include <string.h>

#include "tests/host/check.h"
#include "tests/host/model/model_fixture.h"

static bool draft;

static struct model_config with_layout(void)
{
	struct model_config config = everything();

	config.vcmd_layout = draft ? MODEL_VCMD_DRAFT : MODEL_VCMD_3_3;
	config.vccap = draft ? 1 : 7;
	return config;
}

static int setup_draft(void **state)
{
	(void)state;
	draft = true;
	start(with_layout());
	return 0;
}

static int setup_3_3(void **state)
{
	(void)state;
	draft = false;
	start(with_layout());
	return 0;
}

static uint32_t command_offset(void)
{
	return draft ? 0xE10 : 0xE00;
}

static uint32_t response_offset(void)
{
	return draft ? 0xE20 : 0xE10;
}

static unsigned int shift(void)
{
	return draft ? 8 : 16;
}

static uint8_t refused(void)
{
	return draft ? 2 : 16;
}

struct response {
	bool busy;
	uint8_t status;
	uint64_t result;
};

static struct response poll(void)
{
	uint64_t value = read64(&m, response_offset());

	return (struct response){ value & 1, (uint8_t)(value >> 1 & (draft ? 3 : 0x7F)),
				  value >> shift() };
}

static struct response run(uint64_t cmd, uint64_t operand)
{
	write64(&m, command_offset(), cmd | operand << shift());
	return poll();
}

static uint32_t alloc(void)
{
	struct response r = run(1, 0);

	assert_false(r.busy);
	assert_int_equal(r.status, 0);
	return (uint32_t)r.result;
}

static void capability(void **state)
{
	struct model_config config = with_layout();

	(void)state;
	assert_int_equal(read64(&m, draft ? 0xE00 : 0xE30), config.vccap);
	write64(&m, draft ? 0xE00 : 0xE30, 0);
	assert_int_equal(read64(&m, draft ? 0xE00 : 0xE30), config.vccap);
	assert_int_equal(read64(&m, draft ? 0xE18 : 0xE20), 0); /* reserved */
	if (!draft) {
		write64(&m, 0xE08, 0x123456789ABCDEF0);
		assert_int_equal(read64(&m, 0xE08), 0x123456789ABCDEF0);
	}
	assert_null(model_take_error(&m.unit));
	config.vcmd_layout = MODEL_VCMD_NONE;
	start(config);
	for (uint32_t offset = 0xE00; offset < 0xE40; offset += 8) {
		write64(&m, offset, UINT64_MAX);
		assert_int_equal(read64(&m, offset), 0);
	}
}

static void allocates_and_frees(void **state)
{
	uint32_t first = alloc(), second = alloc();

	(void)state;
	assert_int_equal(first, 1);
	assert_int_equal(second, 2);
	assert_int_equal(m.pasids.live_count, 2);
	assert_int_equal(run(2, first).status, 0);
	assert_int_equal(m.pasids.live_count, 1);
	assert_int_equal(run(2, first).status, refused()); /* twice */
	assert_int_equal(run(2, 0).status, refused());
	assert_int_equal(run(2, 3000).status, refused()); /* never allocated */
	assert_int_equal(run(2, 0xFFFFF).status, refused());
	assert_int_equal(run(2, second).status, 0);
	assert_int_equal(m.pasids.live_count, 0);
	/* Read-back of the command. */
	assert_int_equal(read64(&m, command_offset()), 2 | (uint64_t)second << shift());
}

/* An allocation does not use its operand, operand B starts nothing, a refusal has no result (Table 55). */
static void operands(void **state)
{
	struct response r = run(1, 7);

	(void)state;
	assert_int_equal(r.status, 0);
	assert_int_equal(r.result, 1);
	if (!draft)
		write64(&m, 0xE08, 5);
	assert_int_equal(m.pasids.live_count, 1);
	r = run(2, 3000);
	assert_int_equal(r.status, refused());
	assert_int_equal(r.result, 0);
}

static void all_of_them(void **state)
{
	static uint8_t seen[5000];

	(void)state;
	memset(seen, 0, sizeof(seen));
	for (unsigned int i = 0; i < 4096; i++) {
		uint32_t pasid = alloc();

		assert_int_in_range(pasid, 1, 4096);
		assert_int_equal(seen[pasid]++, 0);
	}
	assert_int_equal(run(1, 0).status, refused());
	assert_int_equal(run(2, 77).status, 0);
	assert_int_equal(alloc(), 77);
	assert_int_equal(run(1, 0).status, refused());
}

/* Halves: the operand first, then the half that holds the command. */
static void by_halves(void **state)
{
	uint32_t pasid;
	uint64_t value;

	(void)state;
	m.pasids.hint = 0;
	write32(&m, command_offset() + 4, 0);
	write32(&m, command_offset(), 1);
	pasid = (uint32_t)(read32(&m, response_offset()) >> shift()) |
		read32(&m, response_offset() + 4) << (32 - shift());
	assert_int_equal(pasid, 1);
	value = 2 | (uint64_t)pasid << shift();
	write32(&m, command_offset() + 4, (uint32_t)(value >> 32));
	assert_int_equal(m.pasids.live_count, 1); /* the upper half starts nothing */
	write32(&m, command_offset(), (uint32_t)value);
	assert_int_equal(m.pasids.live_count, 0);
}

/* PASIDs that need the upper half of the register. */
static void large_pasids(void **state)
{
	struct model_config config = with_layout();
	struct model_pasid_space pool = { .used = m.pasid_words, .first = 0xFFFF0, .count = 16 };

	(void)state;
	config.pasids = &pool;
	start(config);
	assert_int_equal(alloc(), 0xFFFF0);
	for (unsigned int i = 1; i < 16; i++)
		alloc();
	assert_int_equal(run(1, 0).status, refused());
	assert_int_equal(run(2, 0xFFFFF).status, 0);
	assert_int_equal(run(2, 0xFFFEF).status, refused()); /* below the pool */
}

/* No PASID that the unit could not take: PSS. */
static void pasid_size(void **state)
{
	struct model_config config = with_layout();

	(void)state;
	config.ecap &= ~(UINT64_C(0x1F) << 35);
	config.ecap |= UINT64_C(3) << 35; /* 4 bits */
	start(config);
	for (unsigned int i = 1; i < 16; i++)
		assert_int_equal(alloc(), i);
	assert_int_equal(run(1, 0).status, refused());
	{
		struct model_pasid_space pool = { .used = m.pasid_words,
						  .first = 100,
						  .count = 16 };

		config.pasids = &pool;
		start(config);
		assert_int_equal(run(1, 0).status, refused());
	}
}

static void supported_commands(void **state)
{
	struct model_config config = with_layout();

	(void)state;
	assert_int_equal(run(0, 0).status, 0);
	assert_int_equal(run(3, 0).status, 1);
	assert_int_equal(run(255, 0).status, 1);
	config.vccap = 0;
	start(config);
	assert_int_equal(run(0, 0).status, draft ? 0 : 1);
	assert_int_equal(run(1, 0).status, 1);
	assert_int_equal(run(2, 1).status, 1);
	if (draft)
		return;
	for (uint64_t bit = 0; bit < 3; bit++) {
		config.vccap = UINT64_C(1) << bit;
		start(config);
		assert_int_equal(run(0, 0).status, bit == 0 ? 0 : 1);
		assert_int_equal(run(1, 0).status, bit == 1 ? 0 : 1);
		assert_int_equal(run(2, 1).status, bit == 2 ? refused() : 1);
	}
}

static void slow_answer(void **state)
{
	struct model_config config = with_layout();
	struct response r;

	(void)state;
	config.vcmd.answer_after_reads = 3;
	start(config);
	write64(&m, command_offset(), 1);
	for (unsigned int i = 0; i < 3; i++) {
		r = poll();
		assert_true(r.busy);
		/* Writes while busy are dropped. */
		write64(&m, command_offset(), 2 | UINT64_C(1) << shift());
		if (!draft)
			write64(&m, 0xE08, 5);
	}
	r = poll();
	assert_false(r.busy);
	assert_int_equal(r.status, 0);
	assert_int_equal(r.result, 1);
	assert_int_equal(m.pasids.live_count, 1);
	assert_int_equal(read64(&m, command_offset()), 1);
	/* VCRSP is read-only. */
	write64(&m, response_offset(), UINT64_MAX);
	assert_int_equal(poll().result, 1);
	write64(&m, response_offset(), 0);
	assert_int_equal(poll().result, 1);
}

static void misbehaviour(void **state)
{
	struct model_config config = with_layout();

	(void)state;
	config.vcmd = (struct model_vcmd_behaviour){ .never_answers = true };
	start(config);
	assert_true(run(1, 0).busy);
	for (unsigned int i = 0; i < 100; i++)
		assert_true(poll().busy);
	config.vcmd = (struct model_vcmd_behaviour){ .offers_pasid_0 = true };
	start(config);
	assert_int_equal(run(1, 0).result, 0);
	assert_int_equal(poll().status, 0);
	config.vcmd = (struct model_vcmd_behaviour){ .offers_same_twice = true };
	start(config);
	assert_int_equal(alloc(), 1);
	assert_int_equal(alloc(), 1);
	assert_int_equal(alloc(), 2);
	config.vcmd = (struct model_vcmd_behaviour){ .capacity = 2 };
	start(config);
	alloc();
	alloc();
	assert_int_equal(run(1, 0).status, refused());
	assert_int_equal(run(2, 1).status, 0);
	assert_int_equal(run(1, 0).status, 0);
	config.vcmd = (struct model_vcmd_behaviour){ .forced_status = 3 };
	start(config);
	assert_int_equal(run(1, 0).status, 3);
	config.vcmd = (struct model_vcmd_behaviour){ .answers_in_other_layout = true };
	start(config);
	write64(&m, command_offset(), 1);
	assert_int_equal(read64(&m, response_offset()), UINT64_C(1) << (draft ? 16 : 8));
}

static void shared_and_private_pools(void **state)
{
	static struct machine other;
	struct model_config config = with_layout();
	uint64_t words[2] = { 0 };
	struct model_pasid_space pool = { .used = words, .first = 10, .count = 100 };

	(void)state;
	config.pasids = &pool;
	start(config);
	machine_init(&other, &config);
	assert_int_equal(alloc(), 10);
	write64(&other, command_offset(), 1);
	assert_int_equal(read64(&other, response_offset()) >> shift(), 11);
	assert_int_equal(run(2, 11).status, 0); /* one pool, one owner */
	config.pasids = NULL;
	machine_init(&other, &config);
	write64(&other, command_offset(), 2 | UINT64_C(10) << shift());
	assert_int_equal(read64(&other, response_offset()) >> 1 & 0x7F & (draft ? 3 : 0x7F),
			 refused());
	/* Freeing what came from before a reset. */
	model_reset(&m.unit);
	assert_int_equal(read64(&m, response_offset()), 0);
	assert_int_equal(run(2, 10).status, 0);
}

int run_vcmd(void)
{
#define BOTH(test) \
	cmocka_unit_test_setup(test, setup_3_3), cmocka_unit_test_setup(test, setup_draft)
	const struct CMUnitTest tests[] = {
		BOTH(capability),
		BOTH(allocates_and_frees),
		BOTH(operands),
		BOTH(all_of_them),
		BOTH(by_halves),
		BOTH(large_pasids),
		BOTH(pasid_size),
		BOTH(supported_commands),
		BOTH(slow_answer),
		BOTH(misbehaviour),
		BOTH(shared_and_private_pools),
	};

	return cmocka_run_group_tests_name("model virtual commands", tests, NULL, NULL);
}
