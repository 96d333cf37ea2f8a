/* SPDX-License-Identifier: MIT */
/* Which deviations are about a test. There are a thousand names of tests, and each result asks for its own. */
#include "arch/panic.h"
#include "arch/string.h"
#include "arch/text.h"
#include "tests/engine/known/entries.h"

enum { NAMES_MAX = 4096 };

/* A test that a deviation is about. */
struct name {
	uint32_t sum; /* tells nearly all others apart */
	uint32_t bytes;
	const char *id;
	const struct known_deviation *entry;
	const char *why;
};

static struct name names[NAMES_MAX];
static unsigned int name_count;

static void add(const char *id, size_t bytes, const struct known_deviation *entry, const char *why)
{
	if (name_count == NAMES_MAX)
		panic("more than %u names of tests in the lists of deviations", NAMES_MAX);
	names[name_count++] = (struct name){ text_sum(id, bytes), (uint32_t)bytes, id, entry, why };
}

void known_index_make(void)
{
	const struct known_deviation *entry;
	unsigned int at = 0;
	const char *why = "";

	name_count = 0;
	while ((entry = known_entry_next(&at, &why)))
		for (const char *id = entry->tests; *id;) {
			size_t bytes = strcspn(id, ",");

			add(id, bytes, entry, why);
			id += bytes + (id[bytes] == ',');
		}
}

static bool is_any(const struct name *name)
{
	return name->bytes == strlen(KNOWN_ANY_TEST) && *name->id == *KNOWN_ANY_TEST;
}

const struct known_deviation *known_entry_about(const char *id, unsigned int *at, const char **why)
{
	const uint32_t bytes = (uint32_t)strlen(id), sum = text_sum(id, bytes);
	const struct name *name;

	while (*at < name_count) {
		name = &names[(*at)++];
		if (is_any(name) ||
		    (name->sum == sum && name->bytes == bytes && !memcmp(name->id, id, bytes))) {
			*why = name->why;
			return name->entry;
		}
	}
	return NULL;
}
