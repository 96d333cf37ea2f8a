/* SPDX-License-Identifier: MIT */
#include "tests/engine/known.h"

#include "arch/print.h"
#include "arch/string.h"

enum { EXTRA_MAX = 128, TEXT_BYTES = 16384 };

static const struct known_profile *const profiles[] = { &known_qemu_7_2 };
static const struct known_profile none = { .name = "none" };
static const struct known_profile *chosen = &none;

/* Deviations of the boot module, and the text their strings lie in. */
static struct known_deviation extra[EXTRA_MAX];
static unsigned int extra_count;
static char text[TEXT_BYTES];

static bool choose_profile(const char *name, char *error, size_t error_bytes)
{
	int used;

	if (!name || !strcmp(name, none.name))
		return true;
	for (size_t i = 0; i < sizeof(profiles) / sizeof(profiles[0]); i++)
		if (!strcmp(name, profiles[i]->name)) {
			chosen = profiles[i];
			return true;
		}
	used = print_to(error, error_bytes, "no profile %s; there are: none", name);
	for (size_t i = 0; i < sizeof(profiles) / sizeof(profiles[0]); i++)
		if (used > 0 && (size_t)used < error_bytes)
			used += print_to(error + used, error_bytes - (size_t)used, ", %s",
					 profiles[i]->name);
	return false;
}

static char *skip_blanks(char *at)
{
	return at + strspn(at, " \t");
}

static void cut_trailing_blanks(char *line)
{
	size_t length = strlen(line);

	while (length &&
	       (line[length - 1] == ' ' || line[length - 1] == '\t' || line[length - 1] == '\r'))
		line[--length] = 0;
}

/* `line` is "known ID = OBSERVED", ended by a zero; it is cut up in place. */
static const char *add_line(char *line)
{
	char *id = skip_blanks(line + strlen("known"));
	char *equals = strstr(id, " = ");

	if (!equals || equals == id)
		return "a line of known deviations is \"known ID = OBSERVED\"";
	if (extra_count == EXTRA_MAX)
		return "too many lines of known deviations";
	*equals = 0;
	cut_trailing_blanks(id);
	extra[extra_count++] = (struct known_deviation){
		.id = id,
		.observed = skip_blanks(equals + strlen(" = ")),
		.why = "known by the boot module",
	};
	return NULL;
}

static bool is_known_line(const char *line)
{
	return !strncmp(line, "known ", 6) || !strncmp(line, "known\t", 6);
}

static bool read_module(const char *module_text, char *error, size_t error_bytes)
{
	char *line = text;

	if (!module_text)
		return true;
	if (strlen(module_text) >= sizeof(text)) {
		print_to(error, error_bytes, "the boot module is longer than %zu bytes",
			 sizeof(text) - 1);
		return false;
	}
	memcpy(text, module_text, strlen(module_text) + 1);
	while (line) {
		char *end = strchr(line, '\n');
		const char *complaint = NULL;

		if (end)
			*end++ = 0;
		cut_trailing_blanks(line);
		if (is_known_line(line))
			complaint = add_line(line);
		if (complaint) {
			print_to(error, error_bytes, "boot module: %s: %s", complaint, line);
			return false;
		}
		line = end;
	}
	return true;
}

bool known_choose(const char *profile, const char *module_text, char *error, size_t error_bytes)
{
	return choose_profile(profile, error, error_bytes) &&
	       read_module(module_text, error, error_bytes);
}

const char *known_profile(void)
{
	return chosen->name;
}

static const struct known_deviation *entry(unsigned int i)
{
	if (i < chosen->count)
		return &chosen->deviations[i];
	i -= chosen->count;
	return i < extra_count ? &extra[i] : NULL;
}

static bool is_about(const struct known_deviation *known, const char *id, const struct caps *caps)
{
	if (strcmp(known->id, id))
		return false;
	if (!caps)
		return true;
	return !caps_missing(caps, known->needs) &&
	       caps_missing(caps, known->unless) == known->unless;
}

const struct known_deviation *known_find(const char *id, const struct caps *caps,
					 const char *observed)
{
	const struct known_deviation *known;

	for (unsigned int i = 0; (known = entry(i)); i++)
		if (is_about(known, id, caps) && !strcmp(known->observed, observed))
			return known;
	return NULL;
}

bool known_has(const char *id, const struct caps *caps)
{
	const struct known_deviation *known;

	for (unsigned int i = 0; (known = entry(i)); i++)
		if (is_about(known, id, caps))
			return true;
	return false;
}
