/* SPDX-License-Identifier: MIT */
/* Each bit or value of an entry's field by itself, in a scene that stays up. */
#include "arch/print.h"
#include "arch/string.h"
#include "tests/scenes/bit_ranges.h"
#include "tests/scenes/observation.h"
#include "tests/scenes/scene_test.h"

/* An entry of the PASID table, which is the largest one. */
enum { ENTRY_WORDS_MAX = 8 };

/*
 * Bits or values that deviate in the same way are told as one list of ranges: "bits 5,10-11: ...".
 * Bit numbers are those of the whole entry, as the specification counts them.
 */
struct deviants {
	const char *what; /* "bits" */
	uint64_t numbers[ENTRY_WORDS_MAX];
	char how[160]; /* the difference all of them show */
};

static void tell(struct test_run *run, struct deviants *list)
{
	char numbers[400];

	bit_ranges_format(numbers, sizeof(numbers), list->numbers, ENTRY_WORDS_MAX);
	if (numbers[0])
		test_fail(run, "%s %s: %s", list->what, numbers, list->how);
	memset(list->numbers, 0, sizeof(list->numbers));
}

static void add_deviant(struct test_run *run, struct deviants *list, unsigned int number,
			const char *how)
{
	if (strcmp(how, list->how)) {
		tell(run, list);
		print_to(list->how, sizeof(list->how), "%s", how);
	}
	list->numbers[number / 64] |= UINT64_C(1) << number % 64;
}

/* What was seen is not what is expected, but good enough for this bit. */
static bool is_tolerated(struct test_run *run, const struct leniency *leniency, unsigned int bit,
			 const struct observation *seen)
{
	static const struct outcome lands = LANDS;
	static const struct dma dma;
	struct outcome other = FAULTS(leniency ? leniency->other_reason : 0);

	if (!leniency || !(leniency->bits[bit / 64] >> bit % 64 & 1))
		return false;
	if (other.reason && !observation_compare(run, &dma, &other, seen).text[0])
		return true;
	if (!leniency->may_land || observation_compare(run, &dma, &lands, seen).text[0])
		return false;
	print("# note: %s: unit %u takes bit %u, which was %s once\n", run->test->id,
	      run->unit->index, bit, leniency->field);
	return true;
}

/* The broken scene tried; the difference is returned, not noted. False: nothing works. */
static bool try_broken(struct test_run *run, const struct poke *poke, const struct outcome *expect,
		       const struct leniency *leniency, struct difference *difference)
{
	static const struct dma dma;
	struct observation seen;

	run->stage.is_sound = false;
	if (!scene_test_invalidate(run, poke, 1))
		return false;
	observation_make(run, &dma, &seen);
	*difference = observation_compare(run, &dma, expect, &seen);
	if (difference->text[0] && is_tolerated(run, leniency, poke->field.lo, &seen))
		difference->text[0] = 0;
	if (difference->text[0] && !run->got[0])
		observation_describe(run, &dma, expect, &seen);
	return true;
}

/* One poke: what deviates is in the list as `number`. False: nothing works. */
static bool try_number(struct test_run *run, const struct poke *poke, const struct outcome *expect,
		       const struct leniency *leniency, struct deviants *list, unsigned int number)
{
	struct difference difference;
	uint64_t word = stage_poke(&run->stage, poke);
	bool goes_on = try_broken(run, poke, expect, leniency, &difference);

	stage_unpoke(&run->stage, poke, word);
	if (goes_on && difference.text[0])
		add_deviant(run, list, number, difference.text);
	return goes_on;
}

/* All entries are as they were, now the unit learns it. */
static void end_sweep(struct test_run *run, const struct poke *poke, struct deviants *list)
{
	tell(run, list);
	run->stage.is_sound = scene_test_invalidate(run, poke, 1);
}

void scene_test_each_bit(struct test_run *run, enum place at, const uint64_t *masks,
			 unsigned int words, const struct outcome *expect)
{
	scene_test_each_bit_but(run, at, masks, words, expect, NULL);
}

void scene_test_each_bit_but(struct test_run *run, enum place at, const uint64_t *masks,
			     unsigned int words, const struct outcome *expect,
			     const struct leniency *leniency)
{
	struct deviants list = { .what = "bits" };
	struct poke poke = { .at = at, .value = 1 };
	bool goes_on = true;

	for (unsigned int bit = 0; bit < words * 64 && goes_on; bit++) {
		if (!(masks[bit / 64] >> bit % 64 & 1))
			continue;
		poke.field = (struct field){ (uint16_t)bit, (uint16_t)bit };
		goes_on = try_number(run, &poke, expect, leniency, &list, bit);
	}
	end_sweep(run, &poke, &list);
}

void scene_test_each_value(struct test_run *run, enum place at, struct field field, uint64_t values,
			   const struct outcome *expect)
{
	struct deviants list = { .what = "values" };
	struct poke poke = { .at = at, .field = field };
	bool goes_on = true;

	for (; poke.value <= field_max(field) && poke.value < 64 && goes_on; poke.value++)
		if (values >> poke.value & 1)
			goes_on = try_number(run, &poke, expect, NULL, &list,
					     (unsigned int)poke.value);
	end_sweep(run, &poke, &list);
}
