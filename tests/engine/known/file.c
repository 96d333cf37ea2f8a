/* SPDX-License-Identifier: MIT */
/* Lines `known ID = OBSERVED` of the text file that came with the kernel: a profile of one's own. */
#include "arch/boot_info.h"
#include "arch/print.h"
#include "arch/string.h"
#include "tests/engine/known/entries.h"
#include "tests/engine/known/part.h"

enum { LINES_MAX = 1024 };

static struct known_deviation entries[LINES_MAX];
static unsigned int entry_count;

/* The text that the strings of `entries` lie in. */
static char text[BOOT_MODULE_BYTES_MAX];

static char *skip_blanks(char *at)
{
	return at + strspn(at, " \t");
}

static void cut_trailing_blanks(char *line)
{
	size_t length = strlen(line);

	while (length && strchr(" \t\r", line[length - 1]))
		line[--length] = 0;
}

static bool has_broken_part(const char *observed)
{
	struct part_reader parts = { .at = observed };
	struct part part;

	while (part_take(&parts, &part))
		if (part_is_broken(&part))
			return true;
	return false;
}

/* `line` is "known ID = OBSERVED", ended by a zero; it is cut up in place. Returns a complaint. */
static const char *add_line(char *line)
{
	char *id = skip_blanks(line + strlen("known"));
	char *equals = strstr(id, " = ");
	char *observed;

	if (!equals || equals == id)
		return "not \"known ID = OBSERVED\"";
	if (entry_count == LINES_MAX)
		return "one known deviation too many: 1024 are allowed";
	_Static_assert(LINES_MAX == 1024, "the complaint names it");
	*equals = 0;
	cut_trailing_blanks(id);
	observed = skip_blanks(equals + strlen(" = "));
	if (!*observed)
		return "nothing is said to be observed";
	if (has_broken_part(observed))
		return "HAW stands where no list of numbers can be read";
	entries[entry_count++] = (struct known_deviation){
		.why = "known by the text file given with the kernel",
		.part = observed,
		.tests = id,
	};
	return NULL;
}

static bool is_known_line(const char *line)
{
	return !strncmp(line, "known ", 6) || !strncmp(line, "known\t", 6);
}

bool known_file_read(const char *file, char *error, size_t error_bytes)
{
	unsigned int number = 1;
	const char *complaint;

	entry_count = 0;
	if (!file)
		return true;
	if (strlen(file) >= sizeof(text)) {
		print_to(error, error_bytes,
			 "the text file given with the kernel is longer than %zu bytes",
			 sizeof(text) - 1);
		return false;
	}
	memcpy(text, file, strlen(file) + 1);
	for (char *line = text, *end; line; line = end, number++) {
		end = strchr(line, '\n');
		if (end)
			*end++ = 0;
		line = skip_blanks(line);
		cut_trailing_blanks(line);
		complaint = is_known_line(line) ? add_line(line) : NULL;
		if (complaint) {
			print_to(error, error_bytes,
				 "line %u of the text file given with the kernel: %s: %s", number,
				 complaint, line);
			return false;
		}
	}
	return true;
}

const struct known_deviation *known_file_entry(unsigned int i)
{
	return i < entry_count ? &entries[i] : NULL;
}

bool known_find_bad_id(bool (*exists)(const char *id), char *id, size_t bytes)
{
	for (unsigned int i = 0; i < entry_count; i++)
		if (!exists(entries[i].tests)) {
			print_to(id, bytes, "%s", entries[i].tests);
			return true;
		}
	return false;
}
