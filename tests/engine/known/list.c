/* SPDX-License-Identifier: MIT */
/* The list of deviations in words: the source of docs/DEVIATIONS.md. */
#include "arch/print.h"
#include "arch/string.h"
#include "tests/engine/known/entries.h"
#include "tests/engine/known/part.h"

/* Why an entry cannot be right; NULL if nothing is wrong with it. */
static const char *find_mistake(const struct known_deviation *entry)
{
	struct part_reader parts = { .at = entry->part };
	unsigned int first, last;
	struct part part;

	if (!known_version(entry->first, &first))
		return "the first version is none";
	if (strcmp(entry->last, KNOWN_OPEN) && (!known_version(entry->last, &last) || last < first))
		return "the last version is none, or before the first";
	if (!*entry->part)
		return "nothing is said to be observed";
	if (!strcmp(entry->tests, KNOWN_ANY_TEST) && !entry->is_optional)
		return "any test would count as cured, so the entry must be optional";
	while (part_take(&parts, &part))
		if (part_is_broken(&part))
			return "HAW stands where no list of numbers can be read";
	return NULL;
}

static void print_set(uint64_t needs)
{
	char text[200];

	caps_format_missing(needs, text, sizeof(text));
	print("%s\t", needs ? text : "-");
}

static void print_one(const struct known_deviation *entry, const char *why, const char *id,
		      const char *spec)
{
	print("%s\t%s\t", entry->first, entry->last);
	print_set(entry->needs);
	print_set(entry->unless);
	print("%s\t%s\t%s\t%s\t%s\n", entry->is_optional ? "optional" : "-", id, spec, entry->part,
	      why);
}

/* A line for each test of an entry; false if one does not exist. */
static bool print_entry(const struct known_deviation *entry, const char *why,
			const char *(*spec_of)(const char *id), char *error, size_t error_bytes)
{
	char id[80];

	if (!strcmp(entry->tests, KNOWN_ANY_TEST)) {
		print_one(entry, why, KNOWN_ANY_TEST, "any");
		return true;
	}
	for (const char *at = entry->tests; *at;) {
		size_t bytes = strcspn(at, ",");

		print_to(id, bytes < sizeof(id) ? bytes + 1 : sizeof(id), "%s", at);
		if (!spec_of(id)) {
			print_to(error, error_bytes, "the list of deviations: no test is called %s",
				 id);
			return false;
		}
		print_one(entry, why, id, spec_of(id));
		at += bytes + (at[bytes] == ',');
	}
	return true;
}

bool known_print(const char *(*spec_of)(const char *id), char *error, size_t error_bytes)
{
	const char *why = "", *mistake;

	print("# deviations of: %s", known_qemu.name);
	for (unsigned int v = 0; v < known_qemu.version_count; v++)
		print(" %s", known_qemu.versions[v]);
	print("\n");
	for (unsigned int i = 0; i < known_qemu.count; i++) {
		const struct known_deviation *entry = &known_qemu.deviations[i];

		if (entry->why) {
			why = entry->why;
			continue;
		}
		mistake = find_mistake(entry);
		if (mistake) {
			print_to(error, error_bytes, "the list of deviations: %s: %s", entry->tests,
				 mistake);
			return false;
		}
		if (!print_entry(entry, why, spec_of, error, error_bytes))
			return false;
	}
	return true;
}
