/* SPDX-License-Identifier: MIT */
#include "tests/scenes/pasid_test.h"

#include "arch/page.h"
#include "arch/panic.h"
#include "tests/engine/platform.h"

/* Fewer bits than this leave no room for what the tests do. */
enum { FEWEST_BITS = 8 };

static struct pasid_test current;

static size_t pages_for(size_t bytes)
{
	return (bytes + PAGE_BYTES - 1) / PAGE_BYTES;
}

static void free_memory(struct pasid_test *test)
{
	page_free_contiguous(test->state, pages_for(pasid_space_state_bytes(test->bits)));
	page_free_contiguous(test->history, pages_for(pasid_space_history_bytes(test->bits)));
}

struct pasid_test *pasid_test_open(struct test_run *run, unsigned int bits)
{
	struct pasid_test *test = &current;

	*test = (struct pasid_test){ .run = run };
	test->bits = bits;
	if (test->bits < FEWEST_BITS) {
		test_skip(run, "PASIDs of %u bits are too few to test with", test->bits);
		return NULL;
	}
	test->state = page_alloc_contiguous(pages_for(pasid_space_state_bytes(test->bits)), 1);
	test->history = page_alloc_contiguous(pages_for(pasid_space_history_bytes(test->bits)), 1);
	if (!test->state || !test->history) {
		test_error(run, "no memory for a space of PASIDs");
		free_memory(test);
		return NULL;
	}
	pasid_space_init(&test->space, test->bits, test->state, test->history);
	return test;
}

bool pasid_test_expect(struct pasid_test *test, enum pasid_error error, enum pasid_error wanted,
		       const char *what)
{
	if (error == wanted)
		return true;
	test_fail(test->run, "%s: %s, should be: %s", what, pasid_error_name(error),
		  pasid_error_name(wanted));
	return false;
}

/* Which units draw on one space only the platform could tell; until it does, all do. */
struct pasid_source pasid_test_source(struct vcmd *vcmd)
{
	return vcmd_pasid_source(vcmd, &platform);
}

enum pasid_error pasid_test_register(struct pasid_test *test)
{
	struct pasid_source source = pasid_test_source(&test->vcmd->vcmd);

	return pasid_space_register(&test->space, test->run->unit->index, &source);
}

bool pasid_test_take(struct pasid_test *test)
{
	uint32_t pasid;
	enum pasid_error error = pasid_space_alloc(&test->space, test->run->unit->index, &pasid);

	if (!pasid_test_expect(test, error, PASID_OK, "allocation"))
		return false;
	test->taken[test->taken_count++] = pasid;
	return true;
}

void pasid_test_take_many(struct pasid_test *test)
{
	enum pasid_error error = PASID_OK;
	uint32_t *pasid;

	while (test->taken_count < PASID_TEST_MOST && !error) {
		pasid = &test->taken[test->taken_count];
		error = pasid_space_alloc(&test->space, test->run->unit->index, pasid);
		test->taken_count += !error;
	}
	if (error != PASID_ERROR_EXHAUSTED)
		pasid_test_expect(test, error, PASID_OK, "allocation");
}

bool pasid_test_reserve(struct pasid_test *test, uint32_t pasid)
{
	return pasid_test_expect(test, pasid_space_reserve(&test->space, pasid), PASID_OK,
				 "setting a RID_PASID aside");
}

unsigned int pasid_test_other_unit(const struct unit *unit)
{
	return unit->index ? 0 : 1;
}

bool pasid_test_give(struct pasid_test *test)
{
	return pasid_test_expect(test,
				 pasid_space_free(&test->space, test->run->unit->index,
						  test->taken[--test->taken_count]),
				 PASID_OK, "freeing");
}

void pasid_test_close(struct test_run *run)
{
	struct pasid_test *test = run->fixture;

	while (test->taken_count && pasid_test_give(test))
		;
	free_memory(test);
	if (test->vcmd)
		vcmd_test_put_away(test->vcmd);
}

static void *open_default(struct test_run *run)
{
	return pasid_test_open(run, caps_pasid_bits(&run->unit->caps));
}

static void *open_unregistered(struct test_run *run)
{
	struct vcmd_test *vcmd = vcmd_test_open_pasids(run);
	struct pasid_test *test;

	if (!vcmd)
		return NULL;
	test = open_default(run);
	if (test)
		test->vcmd = vcmd;
	else
		vcmd_test_put_away(vcmd);
	return test;
}

static void *open_registered(struct test_run *run)
{
	struct pasid_test *test = open_unregistered(run);

	if (test)
		pasid_test_expect(test, pasid_test_register(test), PASID_OK,
				  "registering the source");
	return test;
}

static void *open_any(struct test_run *run)
{
	struct vcmd vcmd;

	if (caps_has(&run->unit->caps, CAPABILITY_VCS) &&
	    vcmd_test_find(run, run->unit, &vcmd) == VCMD_OK && vcmd_can_alloc(&vcmd))
		return open_registered(run);
	return open_default(run);
}

const struct fixture pasids_default = { .open = open_default, .close = pasid_test_close };
const struct fixture pasids_unregistered = { .open = open_unregistered, .close = pasid_test_close };
const struct fixture pasids_registered = { .open = open_registered, .close = pasid_test_close };
const struct fixture pasids_any = { .open = open_any, .close = pasid_test_close };

struct pasid_test *pasid_test_of(const struct test_run *run)
{
	if (run->test->fixture->close != pasid_test_close)
		panic("%s: not a fixture of PASIDs", run->test->id);
	return run->fixture;
}

void pasid_test_check_taken(struct pasid_test *test)
{
	for (unsigned int i = 0; i < test->taken_count; i++) {
		uint32_t pasid = test->taken[i];

		if (!pasid || pasid >> test->bits)
			test_fail(test->run, "PASID %x was handed out", pasid);
		for (unsigned int k = 0; k < test->space.reserved_count; k++)
			if (test->space.reserved[k].pasid == pasid)
				test_fail(test->run, "RID_PASID %x was handed out", pasid);
		for (unsigned int k = 0; k < i; k++)
			if (test->taken[k] == pasid)
				test_fail(test->run, "PASID %x was handed out twice", pasid);
	}
}
