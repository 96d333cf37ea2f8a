/* SPDX-License-Identifier: MIT */
#include "tests/engine/known/known.h"

#include "arch/print.h"
#include "arch/string.h"
#include "tests/engine/known/entries.h"
#include "tests/engine/known/part.h"

/* What is asked about one part of an observation. */
struct question {
	const char *id;
	const struct known_unit *unit;
	struct part part;
	struct part_numbers left; /* of its list: the numbers that nothing explains yet */
	char *why;
	size_t why_bytes;
};

bool known_choose(const char *profile, const char *module_text, char *error, size_t error_bytes)
{
	if (!known_profile_choose(profile, error, error_bytes) ||
	    !known_file_read(module_text, error, error_bytes))
		return false;
	known_index_make();
	return true;
}

static bool is_about(const struct known_deviation *entry, const struct known_unit *unit)
{
	if (!unit->caps)
		return !entry->needs && !entry->unless;
	return !caps_missing(unit->caps, entry->needs) &&
	       caps_missing(unit->caps, entry->unless) == entry->unless;
}

static bool is_empty(const struct part_numbers *numbers)
{
	for (size_t i = 0; i < PART_NUMBERS / 64; i++)
		if (numbers->words[i])
			return false;
	return true;
}

/* Takes from `left` what `known` explains; false if that is nothing. */
static bool take_away(struct part_numbers *left, const struct part_numbers *known)
{
	uint64_t taken = 0;

	for (size_t i = 0; i < PART_NUMBERS / 64; i++) {
		taken |= left->words[i] & known->words[i];
		left->words[i] &= ~known->words[i];
	}
	return taken;
}

/* Each reason once. */
static void note_why(struct question *question, const char *why)
{
	size_t used = strlen(question->why);

	if (!strstr(question->why, why) && used < question->why_bytes)
		print_to(question->why + used, question->why_bytes - used, "%s%s", used ? "; " : "",
			 why);
}

/* Does this part of a known observation explain all that is left of the one seen? */
static bool explains(struct question *question, const struct part *known, const char *why)
{
	struct part_numbers numbers;

	if (!part_is_alike(known, &question->part))
		return false;
	if (part_has_list(known)) {
		part_expand(known, question->unit->host_address_bits, &numbers);
		if (!take_away(&question->left, &numbers))
			return false;
	}
	note_why(question, why);
	return is_empty(&question->left);
}

static bool is_part_explained(struct question *question)
{
	const struct known_deviation *entry;
	unsigned int at = 0;
	const char *why = "";
	struct part known;

	part_expand(&question->part, 0, &question->left);
	while ((entry = known_entry_about(question->id, &at, &why))) {
		struct part_reader parts = { .at = entry->part };

		if (!is_about(entry, question->unit))
			continue;
		while (part_take(&parts, &known))
			if (explains(question, &known, why))
				return true;
	}
	return false;
}

bool known_explains(const char *id, const struct known_unit *unit, const char *observed, char *why,
		    size_t why_bytes)
{
	struct question question = { .id = id, .unit = unit, .why = why, .why_bytes = why_bytes };
	struct part_reader parts = { .at = observed };

	why[0] = 0;
	if (!*observed)
		return false;
	while (part_take(&parts, &question.part))
		if (!is_part_explained(&question))
			return false;
	return true;
}

bool known_has(const char *id, const struct known_unit *unit)
{
	const struct known_deviation *entry;
	unsigned int at = 0;
	const char *why;

	while ((entry = known_entry_about(id, &at, &why)))
		if (!entry->is_optional && is_about(entry, unit))
			return true;
	return false;
}
