/* SPDX-License-Identifier: MIT */
#include "tests/engine/tally.h"

#include "arch/print.h"
#include "arch/string.h"

enum { LINES_MOST = 10, LINE_CHARACTERS = 110 };

/* The entry for these characters; NULL if there is no room for one more. */
static struct tally_count *entry_for(struct tally_count *list, unsigned int room, const char *text,
				     size_t characters)
{
	if (characters >= TALLY_TEXT_BYTES)
		characters = TALLY_TEXT_BYTES - 1;
	for (unsigned int i = 0; i < room; i++) {
		if (!list[i].text[0])
			memcpy(list[i].text, text, characters);
		if (!strncmp(list[i].text, text, characters) && !list[i].text[characters])
			return &list[i];
	}
	return NULL;
}

/* "unit 0 lacks ECAP.NEST (bit 26), ECAP.SSTS (bit 46)" is the same as of any unit, and told by the first bit. */
static const char *without_unit(const char *reason)
{
	size_t digits;

	if (strncmp(reason, "unit ", 5))
		return reason;
	digits = strspn(reason + 5, "0123456789");
	return reason[5 + digits] == ' ' ? reason + 6 + digits : reason;
}

static size_t key_length(const char *reason)
{
	const char *bit = strstr(reason, " (bit ");

	return bit ? (size_t)(bit - reason) : strcspn(reason, ":;");
}

void tally_add(struct tally *tally, const char *id, const char *reason)
{
	struct tally_count *area = entry_for(tally->areas, TALLY_AREAS_MAX, id, strcspn(id, "."));
	struct tally_count *why;

	if (area && reason)
		area->skipped++;
	else if (area)
		area->done++;
	if (!reason)
		return;
	reason = without_unit(reason);
	why = entry_for(tally->reasons, TALLY_REASONS_MAX, reason, key_length(reason));
	if (why)
		why->skipped++;
	else
		tally->other_reasons++;
}

/* The areas of which something was done, or nothing; of the former, how much. Returns how many lines. */
static unsigned int print_areas(const struct tally *tally, const char *head, bool is_done)
{
	unsigned int column = 0, lines = 0;
	char word[TALLY_TEXT_BYTES + 24];

	for (unsigned int i = 0; i < TALLY_AREAS_MAX && tally->areas[i].text[0]; i++) {
		const struct tally_count *area = &tally->areas[i];

		if (!area->done == is_done)
			continue;
		print_to(word, sizeof(word), area->skipped && is_done ? " %s %u/%u" : " %s %u",
			 area->text, is_done ? area->done : area->skipped,
			 area->done + area->skipped);
		if (!column || column + strlen(word) > LINE_CHARACTERS) {
			print("%s# %s", column ? "\n" : "", head);
			column = (unsigned int)strlen(head);
			lines++;
		}
		print("%s", word);
		column += (unsigned int)strlen(word);
	}
	print("%s", column ? "\n" : "");
	return lines;
}

/* The reason with the most skips after the one `before`; the first of several. */
static const struct tally_count *next_reason(const struct tally *tally,
					     const struct tally_count *before)
{
	const struct tally_count *best = NULL;

	for (unsigned int i = 0; i < TALLY_REASONS_MAX && tally->reasons[i].text[0]; i++) {
		const struct tally_count *one = &tally->reasons[i];
		bool is_later = !before || one->skipped < before->skipped ||
				(one->skipped == before->skipped && one > before);

		if (is_later && (!best || one->skipped > best->skipped))
			best = one;
	}
	return best;
}

void tally_print(const struct tally *tally)
{
	const struct tally_count *reason = NULL;
	unsigned int rest = tally->other_reasons, others = 0;
	unsigned int lines = print_areas(tally, "tested:", true);

	lines += print_areas(tally, "not tested:", false);
	while ((reason = next_reason(tally, reason))) {
		if (lines < LINES_MOST - 1) {
			print("# %u skipped: %s\n", reason->skipped, reason->text);
			lines++;
			continue;
		}
		rest += reason->skipped;
		others++;
	}
	if (rest)
		print("# %u skipped: %u other reasons\n", rest, others);
}
