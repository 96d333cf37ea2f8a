/* SPDX-License-Identifier: MIT */
/*
 * Two PASIDs that differ above bit 15, in one domain: their cached entries and translations are told
 * apart, by requests and by invalidations.
 */
#include "tests/host/check.h"
#include "tests/host/model/model_fixture.h"

enum { LOW = 9, HIGH = LOW | 1 << 16 };

#define DIRECTORY UINT64_C(0x60000000)

static const uint32_t pasids[] = { LOW, HIGH };
static const uint64_t before[] = { 0x800000, 0x900000 };
static const uint64_t after[] = { 0xA00000, 0xB00000 };
static uint64_t tops[2];

/* IOVA and NEXT of this table, from here on. */
static void lead_to(uint64_t top, uint64_t page)
{
	map(&m, top, 4, IOVA, page, 1, 7);
	map(&m, top, 4, NEXT, page + 0x1000, 1, 7);
}

/* The PASID has a first-stage table of its own. */
static void give_table(uint32_t pasid, uint64_t top)
{
	uint64_t *entry = word_at(&m, pasid_entry_of(&m, pasid));

	entry[0] = 1 << 6 | 1;
	entry[1] = DID | 1 << 23;
	entry[2] = top;
}

/* A directory with room for 20 bits; only two pages of it are there. */
static void wide_start(void)
{
	uint64_t *context;

	start(keeping());
	first_stage_scene(&m, 4);
	m.directory = DIRECTORY;
	page_add(&m, DIRECTORY);
	page_add(&m, (DIRECTORY + HIGH / 64 * 8) & POINTER);
	context = word_at(&m, m.context);
	*context = (*context & ~POINTER) | DIRECTORY | 7 << 9; /* PDTS */
	for (unsigned int i = 0; i < 2; i++) {
		tops[i] = page_new(&m);
		lead_to(tops[i], before[i]);
		give_table(pasids[i], tops[i]);
	}
	queue_start(&m, true);
}

static bool reaches(uint32_t pasid, uint64_t address, uint64_t page)
{
	struct model_request r = request(MODEL_READ, address);

	r.has_pasid = true;
	r.pasid = pasid;
	return can(&m, &r, page + (address - IOVA));
}

static void cached_start(void)
{
	wide_start();
	for (unsigned int i = 0; i < 2; i++)
		assert_true(reaches(pasids[i], IOVA, before[i]));
}

/* Of two pages, since what is cached of one translation does not answer for the other. */
static void entries(void **state)
{
	(void)state;
	for (unsigned int first = 0; first < 2; first++) {
		wide_start();
		assert_true(reaches(pasids[first], IOVA, before[first]));
		assert_true(reaches(pasids[!first], NEXT, before[!first]));
	}
}

/* Both entries are cached before either translation of NEXT is. */
static void translations(void **state)
{
	(void)state;
	for (unsigned int first = 0; first < 2; first++) {
		cached_start();
		assert_true(reaches(pasids[first], NEXT, before[first]));
		assert_true(reaches(pasids[!first], NEXT, before[!first]));
	}
}

/* PASID-selective PASID-cache invalidation takes the entry that it names. */
static void entry_invalidation(void **state)
{
	(void)state;
	for (unsigned int named = 0; named < 2; named++) {
		cached_start();
		for (unsigned int i = 0; i < 2; i++) {
			uint64_t top = page_new(&m);

			lead_to(top, after[i]);
			give_table(pasids[i], top);
		}
		submit(&m, 7 | 1 << 4 | DID << 16 | (uint64_t)pasids[named] << 32, 0);
		submit(&m, 2 | GLOBAL << 4, 0);
		for (unsigned int i = 0; i < 2; i++)
			assert_true(reaches(pasids[i], IOVA, i == named ? after[i] : before[i]));
	}
}

/* PASID-based IOTLB invalidation, of the whole PASID and of a page. */
static void translation_invalidation(void **state)
{
	(void)state;
	for (unsigned int granularity = 2; granularity <= 3; granularity++)
		for (unsigned int named = 0; named < 2; named++) {
			cached_start();
			for (unsigned int i = 0; i < 2; i++)
				lead_to(tops[i], after[i]);
			submit(&m, 6 | granularity << 4 | DID << 16 | (uint64_t)pasids[named] << 32,
			       IOVA);
			for (unsigned int i = 0; i < 2; i++)
				assert_true(reaches(pasids[i], IOVA,
						    i == named ? after[i] : before[i]));
		}
}

int run_wide_pasids(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(entries),
		cmocka_unit_test(translations),
		cmocka_unit_test(entry_invalidation),
		cmocka_unit_test(translation_invalidation),
	};

	return cmocka_run_group_tests_name("model PASIDs above 16 bits", tests, NULL, NULL);
}
