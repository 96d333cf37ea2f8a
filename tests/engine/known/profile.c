/* SPDX-License-Identifier: MIT */
/* Which versions were compared with the specification, and which of them speaks for this run. */
#include "arch/number.h"
#include "arch/print.h"
#include "arch/string.h"
#include "tests/engine/known/entries.h"

enum { VERSION_MINOR_MAX = 999 };

static const struct known_list *const lists[] = { &known_qemu };

static struct {
	const struct known_list *list; /* NULL: none */
	unsigned int version;
	char name[32];
	char note[120];
} chosen = { .name = "none" };

bool known_version(const char *text, unsigned int *version)
{
	uint64_t major, minor;

	if (!number_take(&text, 10, VERSION_MINOR_MAX, &major) || *text++ != '.' ||
	    !number_take(&text, 10, VERSION_MINOR_MAX, &minor) || *text)
		return false;
	*version = (unsigned int)(major * (VERSION_MINOR_MAX + 1) + minor);
	return true;
}

static bool is_of_version(const struct known_deviation *deviation, unsigned int version)
{
	unsigned int first, last;

	return known_version(deviation->first, &first) && first <= version &&
	       (!strcmp(deviation->last, KNOWN_OPEN) ||
		(known_version(deviation->last, &last) && version <= last));
}

static bool complain(const char *profile, char *error, size_t bytes)
{
	int used = print_to(error, bytes, "no profile %s; there are: none, list", profile);

	for (size_t i = 0; i < sizeof(lists) / sizeof(lists[0]); i++)
		for (unsigned int v = 0; v < lists[i]->version_count; v++)
			if (used > 0 && (size_t)used < bytes)
				used += print_to(error + used, bytes - (size_t)used, ", %s-%s",
						 lists[i]->name, lists[i]->versions[v]);
	return false;
}

/* The version that speaks for the one asked for: itself, else the nearest older one, else the oldest. */
static const char *stand_in(const struct known_list *list, unsigned int wanted)
{
	const char *best = list->versions[0];
	unsigned int version;

	for (unsigned int v = 0; v < list->version_count; v++)
		if (known_version(list->versions[v], &version) && version <= wanted)
			best = list->versions[v];
	return best;
}

static void choose(const struct known_list *list, unsigned int wanted)
{
	const char *version = stand_in(list, wanted);

	chosen.list = list;
	if (!known_version(version, &chosen.version) || chosen.version == wanted)
		return;
	print_to(chosen.note, sizeof(chosen.note),
		 "%s was never compared: the deviations of %s-%s, %s, stand in", chosen.name,
		 list->name, version,
		 chosen.version < wanted ? "the nearest older one" : "the oldest one");
}

bool known_profile_choose(const char *profile, char *error, size_t error_bytes)
{
	unsigned int wanted;

	chosen.list = NULL;
	chosen.note[0] = 0;
	print_to(chosen.name, sizeof(chosen.name), "%s", profile ? profile : "none");
	if (!strcmp(chosen.name, "none") || !strcmp(chosen.name, "list"))
		return true;
	for (size_t i = 0; i < sizeof(lists) / sizeof(lists[0]); i++) {
		size_t bytes = strlen(lists[i]->name);

		if (!strncmp(profile, lists[i]->name, bytes) && profile[bytes] == '-' &&
		    known_version(profile + bytes + 1, &wanted)) {
			choose(lists[i], wanted);
			return true;
		}
	}
	return complain(profile, error, error_bytes);
}

const char *known_profile(void)
{
	return chosen.name;
}

const char *known_note(void)
{
	return chosen.note;
}

const struct known_deviation *known_entry_next(unsigned int *at, const char **why)
{
	unsigned int count = chosen.list ? chosen.list->count : 0;
	const struct known_deviation *entry;

	while (*at < count) {
		entry = &chosen.list->deviations[(*at)++];
		if (entry->why)
			*why = entry->why;
		else if (is_of_version(entry, chosen.version))
			return entry;
	}
	entry = known_file_entry(*at - count);
	if (entry) {
		++*at;
		*why = entry->why;
	}
	return entry;
}
