/* SPDX-License-Identifier: MIT */
#include "tests/mixed/mixed.h"

#include "arch/string.h"
#include "tests/engine/tap.h"
#include "tests/mixed/bad_input.h"
#include "tests/mixed/matrix.h"
#include "tests/mixed/measure.h"
#include "tests/mixed/properties.h"
#include "tests/mixed/workshop.h"

/* The parts, in the order of the report. */
static const struct part {
	unsigned int (*count)(const struct options *options);
	bool (*has)(const char *pattern);
	void (*run)(const struct options *options);
} parts[] = {
	{ bad_input_count, bad_input_has, bad_input_run },
	{ matrix_count, matrix_has, matrix_run },
	{ properties_count, properties_has, properties_run },
	{ measure_count, measure_has, measure_run },
};

enum { PART_COUNT = sizeof(parts) / sizeof(parts[0]) };

void mixed_run(const struct options *options)
{
	unsigned int count = 0;

	if (!workshop_open())
		tap_bail_out(EXIT_COULD_NOT_RUN, "no memory for the platforms of mixed mode");
	for (unsigned int i = 0; i < PART_COUNT; i++)
		count += parts[i].count(options);
	tap_plan(count);
	for (unsigned int i = 0; i < PART_COUNT; i++)
		parts[i].run(options);
	matrix_print();
	workshop_close();
}

static bool is_known(const char *pattern)
{
	for (unsigned int i = 0; i < PART_COUNT; i++)
		if (parts[i].has(pattern))
			return true;
	return false;
}

static bool find_bad(const char *list, char *pattern, size_t bytes)
{
	while (*list) {
		size_t length = strcspn(list, ",");

		if (length && length < bytes) {
			memcpy(pattern, list, length);
			pattern[length] = 0;
			if (!is_known(pattern))
				return true;
		}
		list += length + (list[length] == ',');
	}
	return false;
}

bool mixed_find_bad_pattern(const struct options *options, char *pattern, size_t bytes)
{
	return find_bad(options->tests, pattern, bytes) || find_bad(options->skip, pattern, bytes);
}
